// LogWriter: where the next frame goes. It hands out places; the bytes are written by the syncer.
//
//   if (Status s = writer.Reserve(bytes); !s.ok()) return s;    // kDiskFull: nothing happened
//   ...append records to `frame`...
//   const Placement place = writer.Place(&frame, now, /*mark=*/false);
//
// Threads: the committer only. A frame may be placed only when all frames before it are durable.
#pragma once

#include <cstdint>
#include <memory>

#include "base/time.h"
#include "store/log/frame.h"
#include "store/log/log_allocator.h"
#include "store/log/log_file.h"
#include "store/manifest.h"

namespace oncelog::store {

struct Placement {
  std::shared_ptr<LogFile> file;
  uint64_t offset = 0;
  LogPoint end;  // the place behind the frame
};

class LogWriter {
 public:
  LogWriter(LogAllocator& allocator, std::shared_ptr<LogFile> file, LogPoint next,
            UnixMs last_received_at, uint64_t store_seed);

  // Makes sure that a frame of up to that many bytes (header included) has a place. May move on to
  // the next file: only between frames.
  Status Reserve(uint64_t frame_bytes);
  [[nodiscard]] bool HasRoom(uint64_t frame_bytes) const {
    return !leaving_ && FileHasRoom(frame_bytes);
  }
  [[nodiscard]] bool HasRoomForMark() const;
  // The next Reserve goes on to the next file, if there can be one.
  void LeaveFile() { leaving_ = true; }

  // Finishes the frame and moves on. `received_at` never runs backwards, whatever the clock does.
  Placement Place(FrameBuilder* frame, UnixMs now, bool mark);

  [[nodiscard]] const LogPoint& next() const { return next_; }

 private:
  [[nodiscard]] bool FileHasRoom(uint64_t frame_bytes) const;

  LogAllocator& allocator_;
  const uint64_t store_seed_;
  std::shared_ptr<LogFile> file_;
  LogPoint next_;
  UnixMs last_received_at_;
  bool leaving_ = false;
};

}  // namespace oncelog::store
