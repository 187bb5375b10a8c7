// Histogram: latencies in microseconds, in buckets no wider than 1/32 of their value.
//
//   histogram.Add(137);
//   histogram.Percentile(0.99)   // the upper end of the bucket in which it lies
//
// Threads: one at a time. Units: microseconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace oncelog::app::bench {

class Histogram {
 public:
  void Add(uint64_t micros);
  [[nodiscard]] uint64_t Percentile(double share) const;
  [[nodiscard]] uint64_t max() const { return max_; }

 private:
  static constexpr int kFineBits = 5;
  static constexpr uint64_t kFine = uint64_t{1} << kFineBits;

  static size_t Bucket(uint64_t value);
  static uint64_t UpperEnd(size_t bucket);

  std::array<uint64_t, 60 * kFine> buckets_{};
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

}  // namespace oncelog::app::bench
