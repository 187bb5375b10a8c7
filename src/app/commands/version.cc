#include "app/commands/version.h"

#include <CLI/CLI.hpp>

namespace oncelog::app {

void VersionCommand::Declare(CLI::App&) {}

int VersionCommand::Run(Console& console) {
  console.out << "oncelog " << kVersion << "\n";
  return kExitOk;
}

}  // namespace oncelog::app
