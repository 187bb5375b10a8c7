// OverlayFileSystem: a file system on top of another one that is never changed: what is written,
// renamed or removed stays in memory and is gone with it. For looking at what a start would do, and
// at what it would find, while every byte on the disk stays as it is.
//
//   OverlayFileSystem overlay(PosixFileSystem());
//   Partition::Open(overlay, "data/p0000", identity, {.background = false});
//
// Threads: any number at once, as the file system below; a file that is written here by one thread.
// Ownership: `below` must outlive it, and it its files. Errors: those of `below` when reading.
// Memory: what is written. A file of `below` that is changed is read into memory up to where it is
// kept.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/fs/file_system.h"

namespace oncelog::store {

class OverlayFileSystem final : public FileSystem {
 public:
  explicit OverlayFileSystem(FileSystem& below) : below_(below) {}

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Link(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncDirectory(const std::string& /*path*/) override { return OkStatus(); }
  Status CreateDirectories(const std::string& path) override;
  Result<bool> Exists(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  // Plenty: what a start would do is not to depend on how full the disk is.
  Result<uint64_t> FreeBytes(const std::string& /*directory*/) override {
    return uint64_t{1} << 50;
  }
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;

 private:
  struct Node;
  class OverlayFile;

  // What stands at `path`; null if nothing does. The caller holds the lock.
  Result<std::shared_ptr<Node>> Find(const std::string& path);

  FileSystem& below_;
  std::mutex mutex_;
  // Everything that was opened or changed; null for what was removed.
  std::map<std::string, std::shared_ptr<Node>> nodes_;
};

}  // namespace oncelog::store
