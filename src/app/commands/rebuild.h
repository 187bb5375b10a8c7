// `oncelog rebuild`: makes index, checkpoint and topic indexes again from the log.
#pragma once

#include "app/commands/command.h"
#include "app/commands/settings_flags.h"

namespace oncelog::app {

class RebuildCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  SettingsFlags flags_;
  bool json_ = false;
};

}  // namespace oncelog::app
