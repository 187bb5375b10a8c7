// Backup: a consistent copy of a store that a server may be writing, taken from its files alone:
// the server is neither asked nor told, and nothing of the store is changed.
//
//   Result<BackupReport> report = TakeBackup(fs, "data", "/backups/monday", options, progress);
//
// Every event that was acked before the call is in it, whole batches only; what is acked meanwhile
// may be. All files that one MANIFEST lists are pinned (pinned_files.h), the log is followed up to
// its last whole frame (log_tail.h) and copied up to there; a MANIFEST is written that knows just
// this, as after a clean stop; a start is rehearsed on the copy; then STORE, and BACKUP last
// (backup_list.h), when all else is durable. Files that are never written again are linked where
// that can be done, else copied.
//
// Threads: one. Errors: kInvalid (the target is not empty, or the source no store), kNotFound (no
// store there), kDamaged (names what and where), kDiskFull, kBusy, kTooNew, kIo. After an error the
// target holds no file.
// Memory: that of a start (rehearsal.h) and a piece of 4 MiB. Files open: those that are copied.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "store/backup/backup_list.h"
#include "store/backup/piecewise.h"
#include "store/fs/file_system.h"

namespace oncelog::store {

struct BackupOptions {
  bool link = true;  // false: everything is copied
  UnixMs now;
  std::string version;  // of oncelog
};

struct BackupReport {
  BackupList list;
  uint64_t linked_files = 0;
  uint64_t linked_bytes = 0;
};

Result<BackupReport> TakeBackup(FileSystem& fs, const std::string& data_directory,
                                const std::string& target_directory, const BackupOptions& options,
                                const BackupProgress& progress);

}  // namespace oncelog::store
