// `oncelog verify`: reads a store that no server has open, every byte up to the end of its log, and
// says what is damaged.
#pragma once

#include "app/commands/command.h"
#include "app/commands/settings_flags.h"

namespace oncelog::app {

class VerifyCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  SettingsFlags flags_;
  bool json_ = false;
};

}  // namespace oncelog::app
