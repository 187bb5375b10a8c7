#include "app/describe/command_info.h"

#include <CLI/CLI.hpp>

namespace oncelog::app {

std::vector<std::string> FlagInfo::choices() const {
  std::vector<std::string> all;
  if (value.find('|') == std::string::npos) return all;
  for (size_t at = 0; at <= value.size();) {
    const size_t end = std::min(value.find('|', at), value.size());
    all.push_back(value.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

CommandInfo DescribeCommand(const CLI::App& app) {
  CommandInfo info{.name = app.get_parent() == nullptr ? "" : app.get_name(),
                   .summary = app.get_description(),
                   .footer = app.get_footer()};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    FlagInfo flag{.help = option->get_description()};
    if (option->get_type_size() != 0) flag.value = option->get_type_name();
    if (option->get_positional()) {
      // Its own name is what --help calls it; a type's name with choices says more.
      if (flag.choices().empty()) flag.value = option->get_name(true);
      info.arguments.push_back(std::move(flag));
      continue;
    }
    for (const std::string& name : option->get_snames()) flag.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) flag.names.push_back("--" + name);
    info.flags.push_back(std::move(flag));
  }
  return info;
}

std::vector<CommandInfo> DescribeCommands(const CLI::App& root) {
  std::vector<CommandInfo> all;
  for (const CLI::App* app : root.get_subcommands({})) all.push_back(DescribeCommand(*app));
  return all;
}

}  // namespace oncelog::app
