// Deadline: how long the other side of a connection may take for what it is doing. Looked at by one
// sweep per loop instead of one timer per request, so that setting it costs three stores.
//
//   deadline.Start(now, options.body_timeout, options.body_rate_min);
//   deadline.Progress(bytes);                 // each second's worth of bytes buys a second more
//   if (deadline.Expired(now)) Close();
//
// `now` may be as old as the last sweep, so a deadline can pass up to one sweep early if the
// allowance is not that much longer. Threads: a value. Units: bytes, milliseconds.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace oncelog::net {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  // `rate`: bytes a second; 0: progress buys no time.
  void Start(Clock::time_point now, std::chrono::milliseconds allowance, size_t rate = 0) {
    start_ = now;
    allowance_ = allowance;
    rate_ = rate;
    bytes_ = 0;
    running_ = true;
  }
  void Progress(size_t bytes) { bytes_ += bytes; }
  void Clear() { running_ = false; }

  [[nodiscard]] bool Expired(Clock::time_point now) const {
    if (!running_) return false;
    const auto bought = std::chrono::milliseconds(rate_ == 0 ? 0 : bytes_ * 1000 / rate_);
    return now - start_ > allowance_ + bought;
  }

 private:
  Clock::time_point start_;
  std::chrono::milliseconds allowance_{0};
  uint64_t bytes_ = 0;
  size_t rate_ = 0;
  bool running_ = false;
};

}  // namespace oncelog::net
