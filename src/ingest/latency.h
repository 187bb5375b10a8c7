// Latencies: the last some thousand durations, for figures.
//
//   latencies.Add(std::chrono::microseconds(130));
//   LatencyFigures figures = latencies.Figures();
//
// Threads: Add by one, Figures by any. Units: microseconds.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace oncelog::ingest {

struct LatencyFigures {
  uint64_t count = 0;                         // since start
  double p50_us = 0, p99_us = 0, max_us = 0;  // of the last ones
};

class Latencies {
 public:
  void Add(std::chrono::nanoseconds duration);
  [[nodiscard]] LatencyFigures Figures() const;

 private:
  static constexpr size_t kKept = 4096;
  mutable std::mutex mutex_;
  std::array<float, kKept> us_{};
  uint64_t count_ = 0;
};

}  // namespace oncelog::ingest
