// `oncelog man`: the manual page, made out of what the program knows about itself.
#pragma once

#include "app/commands/command.h"

namespace oncelog::app {

class ManCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  const CLI::App* app_ = nullptr;  // its parent has all commands
};

}  // namespace oncelog::app
