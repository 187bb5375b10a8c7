// Points in time. UnixMs is oncelog's own clock reading (received_at); Instant is a publisher's
// timestamp, which may lie anywhere in the years 0000 to 9999 and is exact to the nanosecond.
//
//   std::string text = FormatRfc3339(SystemNow());   // 2025-10-22T10:00:00.123Z
//
// Threads: values. The engine takes the time through a Clock, so that tests can hold it.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace oncelog {

// Milliseconds since 1970-01-01T00:00:00Z.
struct UnixMs {
  int64_t value = 0;
  auto operator<=>(const UnixMs&) const = default;
};

struct Instant {
  int64_t seconds = 0;  // since 1970-01-01T00:00:00Z, may be negative
  uint32_t nanos = 0;   // 0 … 999,999,999, always counted upwards from `seconds`
  auto operator<=>(const Instant&) const = default;
};

using Clock = std::function<UnixMs()>;
// Time since some fixed moment, which nobody can set: it goes on while the machine sleeps.
using Uptime = std::function<std::chrono::milliseconds()>;

UnixMs SystemNow();
std::chrono::milliseconds SystemUptime();
// RFC 3339 in UTC with milliseconds; exactly 24 bytes for the years 0000 to 9999.
std::string FormatRfc3339(UnixMs time);
void AppendRfc3339(std::string* out, UnixMs time);

}  // namespace oncelog
