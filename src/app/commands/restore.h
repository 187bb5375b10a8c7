// `oncelog restore`: a new store made of a backup.
#pragma once

#include <string>

#include "app/commands/command.h"
#include "app/commands/settings_flags.h"

namespace oncelog::app {

class RestoreCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  SettingsFlags flags_;
  std::string directory_;
  bool json_ = false;
};

}  // namespace oncelog::app
