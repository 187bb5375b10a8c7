// Restore: a new store made of a backup, which is never changed; and the check of a backup.
//
//   Result<BackupList> list = RestoreBackup(fs, "/backups/monday", "data", SystemNow(), progress);
//   Result<BackupCheck> check = CheckBackup(fs, "/backups/monday", progress);
//
// Every file is held against its checksums while it is copied. The first that is missing, damaged
// or not listed refuses the restore, and what was copied goes again. The new store has the same id
// and secret, so every id is still known, and a new epoch, so that cursors of the old one answer
// `410 stale_cursor`. It can be opened when the call has returned ok, and not before: see
// new_directory.h.
//
// Threads: one. Errors: kNotFound (no backup there), kInvalid (the directory is not empty),
// kDamaged (names file and offset), kTooNew, kLocked, kDiskFull, kIo. After an error the directory
// holds no file but LOCK. Memory: that of a start (rehearsal.h) and a piece of 4 MiB.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "store/backup/backup_list.h"
#include "store/backup/piecewise.h"
#include "store/fs/file_system.h"
#include "store/verify/finding.h"

namespace oncelog::store {

Result<BackupList> RestoreBackup(FileSystem& fs, const std::string& backup_directory,
                                 const std::string& data_directory, UnixMs now,
                                 const BackupProgress& progress);

struct BackupCheck {
  BackupList list;
  Findings findings;  // all there is, not only the first
};

Result<BackupCheck> CheckBackup(FileSystem& fs, const std::string& directory,
                                const BackupProgress& progress);

}  // namespace oncelog::store
