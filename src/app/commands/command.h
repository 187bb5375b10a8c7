// Command: one subcommand of oncelog.
//
//   class VersionCommand : public Command { … };
//   command.Declare(app);               // its flags, help and examples
//   int exit_code = command.Run(console);
//
// Threads: one. Errors: Run prints one line on stderr and answers an exit code (output/console.h).
#pragma once

#include "app/output/console.h"

namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class App;
}

namespace oncelog::app {

class Command {
 public:
  virtual ~Command() = default;
  virtual void Declare(CLI::App& app) = 0;
  virtual int Run(Console& console) = 0;
};

}  // namespace oncelog::app
