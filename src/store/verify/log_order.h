// Which log files hold the log, in the order of their positions: closed ones as MANIFEST says, then
// those that are still open and hold frames, by their first frame.
//
//   for (const LogFileInfo& info : LogFilesInOrder(fs, directory, manifest, seed)) ...
//
// An open file that cannot be opened or read comes last, for whoever reads it to say so. One that
// holds no frame is left out.
//
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "store/fs/file_system.h"
#include "store/manifest.h"

namespace oncelog::store {

std::vector<LogFileInfo> LogFilesInOrder(FileSystem& fs, const std::string& directory,
                                         const Manifest& manifest, uint64_t store_seed);

}  // namespace oncelog::store
