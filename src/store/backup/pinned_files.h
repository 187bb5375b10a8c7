// PinnedFiles: the files of a store that a server may have open, as one MANIFEST lists them, held
// so that they stay whatever the server does: by a link in the backup's directory where that can be
// made and the file is never written again, else by keeping it open.
//
//   PinnedFiles pinned(fs, "data", target, seed, /*link=*/true);
//   if (Status s = pinned.Pin(); !s.ok()) return s;
//   for (PinnedFile& file : pinned.files()) ...
//
// A server replaces files: it flushes, merges, seals. It removes a file only after a MANIFEST that
// does not list it any more, so a file that is not there means a newer MANIFEST, and all begins
// again with that one.
//
// Threads: one. Ownership: borrows the file system and the target.
// Errors: kDamaged for a listed file that is not there, kBusy if MANIFEST never stands still.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/backup/new_directory.h"
#include "store/fs/file_system.h"
#include "store/manifest.h"

namespace oncelog::store {

struct PinnedFile {
  std::optional<uint64_t> bytes;  // that count, if MANIFEST says it
  bool log = false;               // what stands behind these bytes does not count
  bool linked = false;
  std::unique_ptr<File> file;  // of a linked one once it was asked for
};

class PinnedFiles {
 public:
  PinnedFiles(FileSystem& fs, std::string data, NewDirectory& target, uint64_t store_seed,
              bool link);

  Status Pin();
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  // By name below the data directory.
  std::map<std::string, PinnedFile>& files() { return files_; }
  Result<File*> Open(const std::string& name);
  [[nodiscard]] std::string NameOf(const std::string& path) const;

 private:
  struct Wanted {
    PinnedFile as;
    bool immutable = true;
    bool may_be_missing = false;
  };
  std::map<std::string, Wanted> WantedFiles() const;
  Result<std::string> ReadManifest();
  Status PinAll(const std::map<std::string, Wanted>& wanted);
  Status PinOne(const std::string& name, const Wanted& wanted);
  void DropUnwanted(const std::map<std::string, Wanted>& wanted);

  FileSystem& fs_;
  const std::string data_;
  const std::string directory_;  // of the partition
  NewDirectory& target_;
  const uint64_t store_seed_;
  const bool link_;
  Manifest manifest_;
  std::map<std::string, PinnedFile> files_;
};

}  // namespace oncelog::store
