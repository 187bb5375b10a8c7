#include "ingest/seal_pace.h"

#include <algorithm>

namespace oncelog::ingest {

using std::chrono::nanoseconds;

void SealPace::Wrote(uint64_t backlog, uint64_t frame_bytes) {
  const uint64_t free = backlog_max_ / 2;
  if (backlog <= free) {
    owed_ = nanoseconds(0);
    return;
  }
  const double over = static_cast<double>(std::min(backlog, backlog_max_) - free);
  const double part = over / static_cast<double>(backlog_max_ - free);
  const double pause =
      part * static_cast<double>(kSealPausePerByteMax.count()) * static_cast<double>(frame_bytes);
  const auto most = static_cast<double>(nanoseconds(kSealOwedMax - owed_).count());
  owed_ += nanoseconds(static_cast<int64_t>(std::min(pause, most)));
}

nanoseconds SealPace::NextPause() {
  const nanoseconds pause = std::min<nanoseconds>(owed_, kSealPauseMax);
  owed_ -= pause;
  return pause;
}

}  // namespace oncelog::ingest
