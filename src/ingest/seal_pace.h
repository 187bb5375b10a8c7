// SealPace: what commits do while sealing lags behind: slow down, little by little, from half of
// the allowed backlog on; at all of it publishing is refused until some of it is sealed.
//
//   SealPace pace(bytes_max);
//   sleep(pace.NextPause());                 // before each frame
//   pace.Wrote(backlog, frame bytes);        // behind it
//   if (SealBacklogIsFull(backlog, bytes_max)) …kBusy…
//
// So ingest meets the speed of sealing instead of stopping and starting. Pauses are in proportion
// to what was written, so it does not matter how large frames are: just below the bound a byte
// costs 64 ns, which is 16 MB of log a second. One frame waits only kSealPauseMax, as the answers
// in it do; what remains is left to those behind it.
// Threads: one. Units: bytes of closed log files that could be sealed.
#pragma once

#include <chrono>
#include <cstdint>

namespace oncelog::ingest {

inline constexpr std::chrono::nanoseconds kSealPausePerByteMax{64};
inline constexpr std::chrono::milliseconds kSealPauseMax{20};   // for one frame
inline constexpr std::chrono::milliseconds kSealOwedMax{1000};  // for all frames to come

class SealPace {
 public:
  explicit SealPace(uint64_t backlog_max) : backlog_max_(backlog_max) {}

  // A frame; `backlog`: what waits to be sealed.
  void Wrote(uint64_t backlog, uint64_t frame_bytes);
  // Taken off what is owed.
  [[nodiscard]] std::chrono::nanoseconds NextPause();

 private:
  uint64_t backlog_max_;
  std::chrono::nanoseconds owed_{0};
};

[[nodiscard]] inline bool SealBacklogIsFull(uint64_t backlog, uint64_t backlog_max) {
  return backlog >= backlog_max;
}

}  // namespace oncelog::ingest
