// `oncelog publish`: sends the events of a file or of stdin, retrying until each has its verdict.
#pragma once

#include <cstdint>
#include <string>

#include "app/client/connection.h"
#include "app/client/publisher.h"
#include "app/commands/command.h"

namespace oncelog::app {

class PublishCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  int Publish(std::istream& in, Connection& server, Console& console) const;

  ServerUrl url_;
  std::string file_;
  std::string format_ = "auto";
  std::string on_invalid_ = "reject";
  std::string retry_for_ = "5min";
  uint64_t batch_ = 1000;
};

}  // namespace oncelog::app
