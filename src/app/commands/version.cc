#include "app/commands/version.h"

#include <CLI/CLI.hpp>

namespace oncelog::app {

void VersionCommand::Declare(CLI::App& app) {
  app.add_flag("--json", json_, "print JSON");
  app.footer(
      "Examples:\n"
      "  oncelog version\n"
      "  oncelog version --json | jq -r .version");
}

int VersionCommand::Run(Console& console) {
  if (json_) {
    console.out << "{\"name\":\"oncelog\",\"version\":\"" << kVersion << "\"}\n";
    return kExitOk;
  }
  console.out << "oncelog " << kVersion << "\n";
  return kExitOk;
}

}  // namespace oncelog::app
