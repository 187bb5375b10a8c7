// The command line: which commands there are, parsing, help, and usage errors.
//
//   Console console = ProcessConsole();
//   return RunCommandLine({"stats", "--json"}, console);   // exit code
//
// Threads: one. Errors: exit codes of output/console.h; each error is one line on stderr.
#pragma once

#include <string>
#include <vector>

#include "app/output/console.h"

namespace oncelog::app {

// `arguments` without the program's name.
int RunCommandLine(std::vector<std::string> arguments, Console& console);

}  // namespace oncelog::app
