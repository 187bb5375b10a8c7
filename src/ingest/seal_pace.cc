#include "ingest/seal_pace.h"

#include <algorithm>

namespace oncelog::ingest {

std::chrono::nanoseconds SealPause(uint64_t backlog, uint64_t backlog_max, uint64_t frame_bytes) {
  const uint64_t free = backlog_max / 2;
  if (backlog <= free) return std::chrono::nanoseconds(0);
  const double over = static_cast<double>(std::min(backlog, backlog_max) - free);
  const double part = over / static_cast<double>(backlog_max - free);
  const double pause =
      part * static_cast<double>(kSealPausePerByteMax.count()) * static_cast<double>(frame_bytes);
  const auto longest = static_cast<double>(std::chrono::nanoseconds(kSealPauseMax).count());
  return std::chrono::nanoseconds(static_cast<int64_t>(std::min(pause, longest)));
}

}  // namespace oncelog::ingest
