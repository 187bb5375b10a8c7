// What keeps a directory from being opened as a store though it holds one's files: it is a backup,
// or a backup or restore into it did not come to its end, or a benchmark wrote it without an index
// (EngineOptions::without_index). Whoever opens a store looks here first,
// and again when it has the lock.
//
//   if (Status s = CheckIsStore(fs, "data"); !s.ok()) return s;
//
// Threads: any. Errors: kInvalid with what to do; kIo.
#pragma once

#include <string>

#include "base/result.h"
#include "store/fs/file_system.h"

namespace oncelog::store {

// Stands in a directory as long as a backup or a restore writes into it, and for good where there
// is no index.
std::string UnfinishedPath(const std::string& directory);

Status CheckFinished(FileSystem& fs, const std::string& directory);
Status CheckIsStore(FileSystem& fs, const std::string& directory);

}  // namespace oncelog::store
