// `oncelog topics`: the topics of a server, with their counts.
#pragma once

#include <string>

#include "app/client/connection.h"
#include "app/commands/command.h"

namespace oncelog::app {

class TopicsCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  ServerUrl url_;
  std::string prefix_;
  bool json_ = false;
};

}  // namespace oncelog::app
