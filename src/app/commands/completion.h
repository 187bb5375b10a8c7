// `oncelog completion`: a script that teaches a shell to complete oncelog's commands and flags.
#pragma once

#include <string>

#include "app/commands/command.h"

namespace oncelog::app {

class CompletionCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  const CLI::App* app_ = nullptr;  // its parent has all commands
  std::string shell_;
};

}  // namespace oncelog::app
