// BackupList: what the file BACKUP of a backup says: which files belong to it, how long they are,
// and the checksums of what they hold. It is written last: a directory without it is no backup.
//
//   std::string text = EncodeBackupList(list);
//   Result<BackupList> list = ReadBackupList(fs, "/backups/monday");
//
// Layout: lines of text, each ending with \n, in this order:
//   oncelog backup 1                    the format's version
//   taken_at MS RFC3339                 when it was begun; only the first, since 1970, counts
//   oncelog VERSION                     of the program
//   store HEX32                         store id
//   epoch N
//   position N                          the backup holds the log up to here
//   events N
//   topics N
//   file BYTES NAME CHECKSUM...         one a file: a checksum (16 hex digits) each 4 MiB
//   end FILES CHECKSUM                  how many files, and the checksum of all lines before
// A checksum is XXH3-64 of the piece, seeded with its offset in the file. NAME is the path below
// the directory: STORE, STORE.bak, p0000/MANIFEST, p0000/{log,seg,idx,state}/N.ENDING; nothing else
// is read, so that no BACKUP leads out of its directory. Each NAME stands there once: of two lines
// with different checksums nobody could say which is right. A .log file may be longer than BYTES:
// what stands behind is not part of the log.
//
// Threads: values and pure functions. Errors: kDamaged (names file and line), kTooNew, kNotFound.
// Units: bytes. Memory: 17 bytes for each 4 MiB of a backup.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "base/result.h"
#include "base/time.h"
#include "store/fs/file_system.h"

namespace oncelog::store {

inline constexpr size_t kBackupPieceBytes = size_t{4} << 20;

struct BackupFile {
  std::string name;
  uint64_t bytes = 0;
  std::vector<uint64_t> checksums;  // one for each piece
  bool operator==(const BackupFile&) const = default;
};

struct BackupList {
  UnixMs taken_at;
  std::string version;
  std::string store_id_hex;
  uint64_t epoch = 0;
  Position position;
  uint64_t events = 0;
  uint64_t topics = 0;
  std::vector<BackupFile> files;
  bool operator==(const BackupList&) const = default;

  [[nodiscard]] uint64_t bytes() const;  // of all files
};

std::string EncodeBackupList(const BackupList& list);
Result<BackupList> DecodeBackupList(std::string_view text, const std::string& path);

std::string BackupListPath(const std::string& directory);
Result<BackupList> ReadBackupList(FileSystem& fs, const std::string& directory);

uint64_t PieceChecksum(std::string_view piece, uint64_t offset);

}  // namespace oncelog::store
