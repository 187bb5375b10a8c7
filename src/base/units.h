// Sizes, counts and spans of time as people write them in flags, files and requests.
//
//   ParseBytes("64MiB")   -> 67108864          ParseSeconds("5min") -> 300 s
//   FormatBytes(67108864) -> "64MiB"           FormatSeconds(300 s) -> "5min"
//
// Sizes: a whole number and B, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers of
// 1024), or no unit for bytes. Spans: s, min, h or d, or no unit for seconds. Units in any case.
// Threads: pure functions. Errors: nullopt for anything else, also for what overflows.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oncelog {

std::optional<uint64_t> ParseCount(std::string_view text);
std::optional<uint64_t> ParseBytes(std::string_view text);
std::optional<std::chrono::seconds> ParseSeconds(std::string_view text);
// The same, and "500ms".
std::optional<std::chrono::milliseconds> ParseMilliseconds(std::string_view text);

// The shortest exact spelling; ParseBytes and ParseSeconds read it back.
std::string FormatBytes(uint64_t bytes);
std::string FormatSeconds(std::chrono::seconds span);

}  // namespace oncelog
