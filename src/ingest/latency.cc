#include "ingest/latency.h"

#include <algorithm>
#include <vector>

namespace oncelog::ingest {

void Latencies::Add(std::chrono::nanoseconds duration) {
  const std::lock_guard lock(mutex_);
  us_[count_++ % kKept] = static_cast<float>(duration.count()) / 1000;
}

LatencyFigures Latencies::Figures() const {
  std::vector<float> sorted;
  LatencyFigures figures;
  {
    const std::lock_guard lock(mutex_);
    figures.count = count_;
    const auto kept = static_cast<ptrdiff_t>(std::min<uint64_t>(count_, kKept));
    sorted.assign(us_.begin(), us_.begin() + kept);
  }
  if (sorted.empty()) return figures;
  std::sort(sorted.begin(), sorted.end());
  figures.p50_us = sorted[sorted.size() / 2];
  figures.p99_us = sorted[sorted.size() * 99 / 100];
  figures.max_us = sorted.back();
  return figures;
}

}  // namespace oncelog::ingest
