// Where the log ends that a running server is writing: its frames followed from the cover on, one
// linked to the other, from file to file, as far as they are whole.
//
//   Result<LogTail> tail = ReadLogTail(manifest, files, store_seed, "data/p0000");
//
// `manifest` and `files` are from one moment; what is written meanwhile may be found or not. Every
// frame that was whole when the call began is found, so all that had been acked by then. A frame
// that is being written is not whole yet, and no part of it counts; that is no damage, as nothing
// valid stands behind it. The last frame found may have been written, but not answered yet.
// After a kill a start writes the last frame anew into a file that an older `manifest` does not
// list. It may have been acked before the kill; it is found all the same, as the start leaves the
// bytes of the old one where they were. It goes on from before a last mark, too, which proves the
// frame before it, but not itself: that mark is no part of the log then.
//
// Threads: one. Ownership: borrows the files. Errors: kDamaged names file and offset if the log
// breaks off with something valid behind, or before the end that MANIFEST knows; kTooNew, kIo.
// Memory: one window of a scan. Units: bytes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/fs/file_system.h"
#include "store/manifest.h"

namespace oncelog::store {

struct LogTail {
  LogPoint end;
  // All that hold frames, as a MANIFEST would list them that knows `end`: all are closed.
  std::vector<LogFileInfo> logs;
};

// By number of log file; those that end before the cover are not read.
using LogFilesById = std::map<uint64_t, File*>;

Result<LogTail> ReadLogTail(const Manifest& manifest, const LogFilesById& files,
                            uint64_t store_seed, const std::string& directory);

}  // namespace oncelog::store
