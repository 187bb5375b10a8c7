// Walking a log file from its first frame to its last, over damage: what stands behind a bad frame
// is found and read as well, and of a frame whose payload is damaged those records that are whole.
//
//   LogChain chain;                                     // goes on from file to file
//   Status s = WalkLog(*file, info, store_seed, visitor, &chain);
//
// In a closed file anything but whole frames up to its known end is damage; in an open one the log
// ends where no frame follows (what a torn end means is for recovery to say).
//
// Threads: one. Ownership: borrows. Errors: kIo, kTooNew, and whatever the visitor answers: it ends
// the walk. Memory: a window of the file, or its largest frame.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "event/record.h"
#include "store/fs/file_system.h"
#include "store/log/frame.h"
#include "store/manifest.h"

namespace oncelog::store {

// Behind the frames walked so far.
struct LogChain {
  Position position;
  uint64_t link = 0;
  bool broken = false;  // the last thing was damage: the next frame follows from nothing known
};

// Bytes [offset, end) of the file; equal if a frame is whole but does not belong there.
struct LogDamage {
  uint64_t offset = 0;
  uint64_t end = 0;
  std::string what;
};

class LogVisitor {
 public:
  virtual ~LogVisitor() = default;
  // Before its records; marks have none.
  virtual Status Frame(const FrameHeader& header, uint64_t offset) = 0;
  // Verified; `offset` in the file.
  virtual Status Record(const event::RecordView& record, const FrameHeader& header,
                        uint64_t offset) = 0;
  virtual Status Damage(const LogDamage& damage) = 0;
};

// `chain`: where the file before ended; then where this one does. `end_offset`, if given, gets the
// end of the last frame.
Status WalkLog(File& file, const LogFileInfo& info, uint64_t store_seed, LogVisitor& visitor,
               LogChain* chain, uint64_t* end_offset = nullptr);

}  // namespace oncelog::store
