// Numbers as people read them.
//
//   Grouped(1234567) -> "1,234,567"    MiB(5 << 20) -> "5.0 MiB"
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace oncelog::app {

std::string Grouped(uint64_t number);
std::string MiB(uint64_t bytes);  // one digit behind the point, rounded; "< 0.1 MiB"
std::string Plural(uint64_t count, std::string_view noun);  // "1 event", "2,000 events"

}  // namespace oncelog::app
