// Piecewise: files read from end to end in the pieces that BACKUP holds checksums of.
//
//   Result<BackupFile> file = ReadPieces(fs, *source, "STORE", 88, "/backup/STORE", meter);
//   Status s = CheckFile(fs, "/backup", *file, fs, /*copy_to=*/"", meter);
//
// Threads: one. Errors: kDamaged names file and offset: shorter than it should be, or another
// checksum; kNotFound, kDiskFull, kIo. Memory: one piece.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/result.h"
#include "store/backup/backup_list.h"
#include "store/fs/file_system.h"

namespace oncelog::store {

// Bytes read so far, and how many there are.
using BackupProgress = std::function<void(uint64_t done, uint64_t all)>;

class BackupMeter {
 public:
  BackupMeter(const BackupProgress& progress, uint64_t all) : progress_(progress), all_(all) {}
  void Count(uint64_t bytes) {
    done_ += bytes;
    if (progress_) progress_(done_, all_);
  }

 private:
  const BackupProgress& progress_;
  const uint64_t all_;
  uint64_t done_ = 0;
};

// Reads the first `bytes` of `source`; yields their checksums. `copy_to`: where they are written as
// well, into a new file, which is synced (its directory is not); empty: nowhere.
Result<BackupFile> ReadPieces(FileSystem& fs, File& source, std::string name, uint64_t bytes,
                              const std::string& copy_to, BackupMeter& meter);

// Reads a file of a backup and holds it against what BACKUP says; `copy_to` as above.
Status CheckFile(FileSystem& from, const std::string& directory, const BackupFile& file,
                 FileSystem& to, const std::string& copy_to, BackupMeter& meter);

}  // namespace oncelog::store
