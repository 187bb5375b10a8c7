// Completion: the scripts by which shells complete commands, flags, files and choices.
//
//   console.out << BashCompletion(root, commands);
//
// Threads: pure functions.
#pragma once

#include <string>
#include <vector>

#include "app/describe/command_info.h"

namespace oncelog::app {

// `root`: oncelog itself, with its own flags.
std::string BashCompletion(const CommandInfo& root, const std::vector<CommandInfo>& commands);
std::string ZshCompletion(const CommandInfo& root, const std::vector<CommandInfo>& commands);
std::string FishCompletion(const CommandInfo& root, const std::vector<CommandInfo>& commands);

}  // namespace oncelog::app
