// `oncelog serve`: runs the server until it is told to stop.
#pragma once

#include "app/commands/command.h"
#include "app/commands/settings_flags.h"

namespace oncelog::app {

class ServeCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  SettingsFlags flags_;
};

}  // namespace oncelog::app
