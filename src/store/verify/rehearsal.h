// Looking at a store without changing it: the lock, and a start whose writes stay in memory. That
// start finds and refuses exactly what a real one would, as it is the same code.
//
//   Result<std::unique_ptr<FileLock>> lock = LockStore(fs, "data");       // no server may run
//   Result<Rehearsal> start = Rehearse((*lock)->files(), "data");
//   start->partition->reader().ScanAll(...);                               // as after that start
//
// Threads: one at a time opens; readers as reader.h says.
// Ownership: a Rehearsal owns what it opened; the lock must be held longer.
// Errors: kNotFound if there is no store, kLocked names the process that has it, and those of a
// start. Memory: as of a start; a log file of 1 MiB, and a run of what lies behind the cover.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "store/fs/overlay_file_system.h"
#include "store/partition.h"

namespace oncelog::store {

Result<std::unique_ptr<FileLock>> LockStore(FileSystem& fs, const std::string& data_directory);

struct Rehearsal {
  std::unique_ptr<OverlayFileSystem> fs;
  std::unique_ptr<Partition> partition;  // goes before fs
};

// `change`, if given, is done to the files in memory before the start.
Result<Rehearsal> Rehearse(FileSystem& fs, const std::string& data_directory,
                           const std::function<Status(FileSystem&)>& change = nullptr);

}  // namespace oncelog::store
