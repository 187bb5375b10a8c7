// ClockWatch: whether the wall clock may be trusted to delete by. It compares how far that went
// since the start with how far time went that nobody can set. Small corrections add up as large
// ones do; a clock that was set back is no danger, it only keeps more.
//
//   ClockWatch watch(clock(), uptime());
//   if (watch.Ahead(clock(), uptime()) > ClockWatch::kAheadMax) …delete nothing…
//
// A start takes the clock as it is: a server may have been stopped for any time.
// Threads: pure.
#pragma once

#include <chrono>

#include "base/time.h"

namespace oncelog::ingest {

class ClockWatch {
 public:
  static constexpr std::chrono::hours kAheadMax{1};

  ClockWatch(UnixMs now, std::chrono::milliseconds uptime) : began_(now), began_uptime_(uptime) {}

  // How much more the wall clock shows than it should; negative if it was set back.
  [[nodiscard]] std::chrono::milliseconds Ahead(UnixMs now,
                                                std::chrono::milliseconds uptime) const {
    return std::chrono::milliseconds(now.value - began_.value) - (uptime - began_uptime_);
  }

 private:
  const UnixMs began_;
  const std::chrono::milliseconds began_uptime_;
};

}  // namespace oncelog::ingest
