// Histogram: counts durations in fixed buckets, as a Prometheus histogram wants them.
//
//   Histogram latency;
//   latency.Add(std::chrono::microseconds(130));
//   HistogramFigures figures = latency.Figures();   // counts[1] == 1: up to kBoundsSeconds[1]
//
// Threads: all from any; Add is two relaxed increments. Figures taken while others add are of
// about that moment: each count is right, the sum may be one addition ahead or behind.
// Units: nanoseconds in, seconds out.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace oncelog::metrics {

// Upper bounds of the buckets, themselves included; one more bucket takes what is beyond.
inline constexpr std::array<double, 16> kBoundsSeconds = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
    0.025,   0.05,   0.1,     0.25,   0.5,   1,      2.5,   10};

struct HistogramFigures {
  std::array<uint64_t, kBoundsSeconds.size() + 1> counts{};  // of each bucket alone
  double sum_seconds = 0;

  [[nodiscard]] uint64_t count() const {
    uint64_t all = 0;
    for (const uint64_t one : counts) all += one;
    return all;
  }
};

class Histogram {
 public:
  void Add(std::chrono::nanoseconds duration) {
    const int64_t ns = std::max<int64_t>(duration.count(), 0);
    const auto* const bound = std::lower_bound(kBoundsNs.begin(), kBoundsNs.end(), ns);
    const auto bucket = static_cast<size_t>(bound - kBoundsNs.begin());
    counts_[bucket].fetch_add(1, std::memory_order_relaxed);
    sum_ns_.fetch_add(static_cast<uint64_t>(ns), std::memory_order_relaxed);
  }

  [[nodiscard]] HistogramFigures Figures() const {
    HistogramFigures figures;
    for (size_t i = 0; i < counts_.size(); ++i) {
      figures.counts[i] = counts_[i].load(std::memory_order_relaxed);
    }
    figures.sum_seconds = static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9;
    return figures;
  }

 private:
  static constexpr auto kBoundsNs = [] {
    std::array<int64_t, kBoundsSeconds.size()> bounds{};
    for (size_t i = 0; i < bounds.size(); ++i) {
      bounds[i] = static_cast<int64_t>(kBoundsSeconds[i] * 1e9 + 0.5);
    }
    return bounds;
  }();

  std::array<std::atomic<uint64_t>, kBoundsSeconds.size() + 1> counts_{};
  std::atomic<uint64_t> sum_ns_{0};
};

}  // namespace oncelog::metrics
