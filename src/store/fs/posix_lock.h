// LockFile: the exclusive lock on a file that says who may write a data directory.
//
//   Result<std::unique_ptr<FileLock>> lock = LockFile("/data/LOCK");   // kLocked: see the message
//
// The lock is flock(2): the kernel drops it when the process ends, however it ends. The file holds
// the pid of its holder in decimal, for people and for the message of whoever comes second; it is
// never removed, because a file removed under a waiting process would leave two holders.
// Threads: any. Ownership: the lock lives as long as the FileLock.
#pragma once

#include <memory>
#include <string>

#include "store/fs/file_system.h"

namespace oncelog::store {

Result<std::unique_ptr<FileLock>> LockFile(const std::string& path);

}  // namespace oncelog::store
