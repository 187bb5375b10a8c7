#include "app/commands/man.h"

#include <CLI/CLI.hpp>

#include "app/commands/version.h"
#include "app/describe/man_page.h"

namespace oncelog::app {

void ManCommand::Declare(CLI::App& app) {
  app_ = &app;
  app.footer(
      "Examples:\n"
      "  oncelog man | man -l -\n"
      "  oncelog man > ~/.local/share/man/man1/oncelog.1");
}

int ManCommand::Run(Console& console) {
  const CLI::App& root = *app_->get_parent();
  console.out << ManPage(kVersion, DescribeCommand(root), DescribeCommands(root));
  return kExitOk;
}

}  // namespace oncelog::app
