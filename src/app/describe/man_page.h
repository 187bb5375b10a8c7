// The manual page oncelog(1), as roff, out of what the program knows about itself.
//
//   console.out << ManPage("0.1.0", root, commands);
//
// Threads: pure function.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/describe/command_info.h"

namespace oncelog::app {

std::string ManPage(std::string_view version, const CommandInfo& root,
                    const std::vector<CommandInfo>& commands);

// `text` as roff shows it byte for byte: `-` as the ASCII one, nothing at a line's start a request.
std::string Roff(std::string_view text);

}  // namespace oncelog::app
