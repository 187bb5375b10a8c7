// `oncelog publish`: sends the events of a file or of stdin, retrying until each has its verdict.
#pragma once

#include <cstdint>
#include <string>

#include "app/client/connection.h"
#include "app/client/publisher.h"
#include "app/client/retry_flag.h"
#include "app/commands/command.h"

namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class Option;
}

namespace oncelog::app {

class PublishCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 protected:
  CLI::Option* DeclareInput(CLI::App& app, const char* help);
  void DeclareSending(CLI::App& app);
  // Say how many events got another sequence than their line says.
  bool compare_sequences_ = false;

 private:
  int PublishFile(Connection& server, Console& console) const;
  // `bytes`: of the input, 0 if that is not known.
  int Publish(std::istream& in, uint64_t bytes, Connection& server, Console& console) const;

  ServerUrl url_;
  RetryFlag retry_for_;
  std::string file_;
  std::string format_ = "auto";
  std::string on_invalid_ = "reject";
  uint64_t batch_ = 1000;
  bool json_ = false;
};

}  // namespace oncelog::app
