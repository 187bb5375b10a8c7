#include "app/bench/histogram.h"

#include <algorithm>
#include <bit>

namespace oncelog::app::bench {

void Histogram::Add(uint64_t micros) {
  ++buckets_[Bucket(micros)];
  ++count_;
  max_ = std::max(max_, micros);
}

uint64_t Histogram::Percentile(double share) const {
  auto rest = static_cast<uint64_t>(share * static_cast<double>(count_));
  for (size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    if (rest < buckets_[bucket]) return std::min(UpperEnd(bucket), max_);
    rest -= buckets_[bucket];
  }
  return max_;
}

size_t Histogram::Bucket(uint64_t value) {
  if (value < kFine) return value;
  const int shift = static_cast<int>(std::bit_width(value)) - 1 - kFineBits;
  return static_cast<size_t>(shift + 1) * kFine + ((value >> shift) - kFine);
}

uint64_t Histogram::UpperEnd(size_t bucket) {
  if (bucket < kFine) return bucket;
  const size_t shift = bucket / kFine - 1;
  return ((bucket % kFine + kFine + 1) << shift) - 1;
}

}  // namespace oncelog::app::bench
