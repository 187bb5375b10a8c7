// LockFile: the exclusive lock that says who may write a data directory.
//
//   Result<std::unique_ptr<FileLock>> lock = LockFile("/data/LOCK");   // kLocked: see the message
//
// Two locks by flock(2), which the kernel drops when the process ends, however it ends: one on the
// directory itself, so that deleting the file lets nobody else in, and one on the file, for file
// systems on which directories cannot be locked. The file holds the pid of its holder in decimal,
// for people and for the message of whoever comes second; oncelog never removes it.
// Threads: any. Ownership: the locks live as long as the FileLock.
#pragma once

#include <memory>
#include <string>

#include "store/fs/file_system.h"

namespace oncelog::store {

Result<std::unique_ptr<FileLock>> LockFile(const std::string& path);

}  // namespace oncelog::store
