// `oncelog config`: the settings as a server started the same way would have them, and where each
// value comes from.
#pragma once

#include "app/commands/command.h"
#include "app/commands/settings_flags.h"

namespace oncelog::app {

class ConfigCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  SettingsFlags flags_;
  bool json_ = false;
};

}  // namespace oncelog::app
