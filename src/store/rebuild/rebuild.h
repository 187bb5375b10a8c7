// Rebuild: makes what is derived again from segments and log: index runs and checkpoint up to the
// cover, and the topic indexes of closed log files. The cover stays where it is, so what lies
// behind it is replayed by the next start, as always; the checkpoint is, byte for byte, what it
// was.
//
//   Result<RebuildReport> report = RebuildStore(fs, "data", progress);
//
// Everything is written into new files beside the old ones, and one MANIFEST puts all of them into
// use at once: after a crash at any step the store is either as before or rebuilt.
//
// Threads: one. Errors: kDamaged if segments or the log themselves (or STORE or MANIFEST) are
// damaged: these cannot be made from anything; kNotFound (no store there), kLocked, kTooNew,
// kDiskFull, kIo. After an error nothing was changed, but perhaps topic indexes, which were right
// before and are right now.
// Memory: 96 MB of entries, filter and fences of a run of as many, 120 bytes a topic, a topic
// index, and 40 bytes a run of neighbouring stubs. Disk: the new index beside the old one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "store/fs/file_system.h"

namespace oncelog::store {

struct RebuildOptions {
  size_t run_entries_max = 4'000'000;  // of one new run; they are merged when a server runs
};

struct RebuildReport {
  uint64_t topics = 0;
  uint64_t events = 0;         // of which the index has an entry now
  uint64_t tail_events = 0;    // behind the index, which each start reads from the log
  uint64_t runs = 0;           // written
  uint64_t topic_indexes = 0;  // that were missing or not right
};

// Bytes of segments and log read so far, and about how many there are.
using RebuildProgress = std::function<void(uint64_t done, uint64_t all)>;

Result<RebuildReport> RebuildStore(FileSystem& fs, const std::string& data_directory,
                                   const RebuildOptions& options, const RebuildProgress& progress);

}  // namespace oncelog::store
