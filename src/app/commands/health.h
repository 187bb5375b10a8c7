// `oncelog health`: whether a server is ready, said by the exit code; for containers and scripts.
#pragma once

#include <string>

#include "app/client/connection.h"
#include "app/commands/command.h"

namespace oncelog::app {

class HealthCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  ServerUrl url_;
  std::string purpose_ = "read";
};

}  // namespace oncelog::app
