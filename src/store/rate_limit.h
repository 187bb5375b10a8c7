// RateLimit: background work does not take more than so many bytes a second.
//
//   RateLimit limit(bytes_per_second);
//   …a piece of work…
//   work_.wait_until(lock, limit.Take(now, bytes), [&] { return stopping_; });
//
// The time that the work itself takes counts, so the rate is reached if the machine allows it; what
// was left of a second is made up for, what is older is not.
// Threads: one at a time. Units: bytes, steady time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace oncelog::store {

class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kMadeUpFor{1};

  explicit RateLimit(uint64_t bytes_per_second)
      : bytes_per_second_(static_cast<double>(std::max<uint64_t>(bytes_per_second, 1))) {}

  // So many bytes were read or written; yields when the work may go on.
  Clock::time_point Take(Clock::time_point now, uint64_t bytes) {
    const std::chrono::duration<double> time(static_cast<double>(bytes) / bytes_per_second_);
    used_until_ =
        std::max(used_until_, now - kMadeUpFor) + std::chrono::duration_cast<Clock::duration>(time);
    return used_until_;
  }

 private:
  double bytes_per_second_;
  Clock::time_point used_until_;  // at the rate, by what was taken so far
};

}  // namespace oncelog::store
