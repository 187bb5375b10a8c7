// What commits do while sealing lags behind: slow down, little by little, from half of the allowed
// backlog on; at all of it publishing is refused until some of it is sealed.
//
//   committer sleeps SealPause(backlog, bytes_max, frame bytes) before its next frame
//   if (SealBacklogIsFull(backlog, bytes_max)) …kBusy…
//
// So ingest meets the speed of sealing instead of stopping and starting. A pause is in proportion
// to what was written, so it does not matter how large frames are: just below the bound a byte
// costs 64 ns, which is 16 MB of log a second.
// Threads: pure functions. Units: bytes of closed log files that could be sealed.
#pragma once

#include <chrono>
#include <cstdint>

namespace oncelog::ingest {

inline constexpr std::chrono::nanoseconds kSealPausePerByteMax{64};
inline constexpr std::chrono::milliseconds kSealPauseMax{250};  // for one frame

[[nodiscard]] std::chrono::nanoseconds SealPause(uint64_t backlog, uint64_t backlog_max,
                                                 uint64_t frame_bytes);
[[nodiscard]] inline bool SealBacklogIsFull(uint64_t backlog, uint64_t backlog_max) {
  return backlog >= backlog_max;
}

}  // namespace oncelog::ingest
