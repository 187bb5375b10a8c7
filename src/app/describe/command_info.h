// CommandInfo: what the command line understands, as plain data taken from its parser, so that
// completion and manual cannot differ from what is parsed.
//
//   for (const CommandInfo& command : DescribeCommands(root)) …
//
// A value's name says what it may be: "FILE", "DIR", or its choices, "asc|desc". Flags that --help
// does not show are left out.
// Threads: plain values; pure functions.
#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class App;
}

namespace oncelog::app {

struct FlagInfo {
  std::vector<std::string> names;  // "-n", "--last"; none for an argument
  std::string value;               // its value's name; empty for a switch
  std::string help;

  [[nodiscard]] std::vector<std::string> choices() const;  // none if the value is free
};

struct CommandInfo {
  std::string name;     // empty: oncelog itself
  std::string summary;  // a phrase
  std::string footer;   // prose and examples, as --help shows them
  std::vector<FlagInfo> flags;
  std::vector<FlagInfo> arguments;
};

CommandInfo DescribeCommand(const CLI::App& app);
// All commands of the root, in the order of --help.
std::vector<CommandInfo> DescribeCommands(const CLI::App& root);

}  // namespace oncelog::app
