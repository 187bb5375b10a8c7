// `oncelog backup`: a consistent copy of a store, also while a server runs on it.
#pragma once

#include <string>

#include "app/commands/command.h"
#include "app/commands/settings_flags.h"

namespace oncelog::app {

class BackupCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  SettingsFlags flags_;
  std::string directory_;
  bool copy_ = false;
  bool json_ = false;
};

}  // namespace oncelog::app
