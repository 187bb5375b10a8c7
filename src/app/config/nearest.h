// Nearest: what somebody probably meant who wrote a name that does not exist.
//
//   NearestName("lisen", names) -> "listen"
//
// Threads: pure function.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace oncelog::app {

// The one that takes the fewest single-character changes; nullopt if none is near.
std::optional<std::string> NearestName(std::string_view written,
                                       std::span<const std::string> names);

// "; did you mean NAME?", or nothing.
std::string DidYouMean(std::string_view written, std::span<const std::string> names);

}  // namespace oncelog::app
