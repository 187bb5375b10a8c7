// Histogram: latencies in microseconds, in buckets no wider than 1/32 of their value.
//
//   histogram.Add(137);
//   histogram.Percentile(0.99)   // the upper end of the bucket in which it lies
//
// Threads: one at a time. Units: microseconds.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace oncelog::load {

class Histogram {
 public:
  void Add(uint64_t micros) {
    ++buckets_[Bucket(micros)];
    ++count_;
    if (micros > max_) max_ = micros;
  }

  [[nodiscard]] uint64_t Percentile(double share) const {
    auto rest = static_cast<uint64_t>(share * static_cast<double>(count_));
    for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
      if (rest < buckets_[bucket]) return UpperEnd(bucket);
      rest -= buckets_[bucket];
    }
    return max_;
  }
  [[nodiscard]] uint64_t max() const { return max_; }

 private:
  static constexpr int kFineBits = 5;
  static constexpr uint64_t kFine = uint64_t{1} << kFineBits;

  static size_t Bucket(uint64_t value) {
    if (value < kFine) return value;
    const int shift = static_cast<int>(std::bit_width(value)) - 1 - kFineBits;
    return static_cast<size_t>(shift + 1) * kFine + ((value >> shift) - kFine);
  }
  static uint64_t UpperEnd(size_t bucket) {
    if (bucket < kFine) return bucket;
    const size_t shift = bucket / kFine - 1;
    return ((bucket % kFine + kFine + 1) << shift) - 1;
  }

  std::array<uint64_t, 60 * 32> buckets_{};
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

}  // namespace oncelog::load
