// UnsyncedFileSystem: a file system in memory that knows what is on stable storage and what is not,
// and can lose power. The proofs about crashes stand on it; it is also fast, so tests that only
// want a file system may use it.
//
//   UnsyncedFileSystem fs;
//   RunTheStoreFor(fs);
//   for (uint64_t seed = 0; seed < 100; ++seed) {
//     std::unique_ptr<UnsyncedFileSystem> after = fs.LosePower(seed);   // one of many outcomes
//     CheckThatNothingAckedIsLost(*after);
//   }
//
// What survives a power loss:
// - the content of a file: what DataSync covered, and any part of the rest (SimulatedFile);
// - a created, removed or renamed entry: if its directory was synced afterwards; else perhaps, each
//   such change for itself (a rename is atomic), in no order that one could rely on;
// - a directory: always (CreateDirectories syncs it into its parent);
// - a lock: never.
// A process that is killed loses nothing: drop what was opened and go on with the same object.
// Renames between directories hang on the sync of the directory they lead to.
//
// Threads: any. Ownership: files, mappings and locks opened here may outlive it.
// Errors: as file_system.h says; kDiskFull when set_capacity_bytes is reached.
// Paths: compared as text, but for slashes at the end; "." and "/" are always there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "store/fs/file_system.h"
#include "tests/support/simulated_file.h"

namespace oncelog::test {

class UnsyncedFileSystem final : public store::FileSystem {
 public:
  UnsyncedFileSystem();
  ~UnsyncedFileSystem() override;

  // The file system as one power loss leaves it; the seed chooses which. This one is unchanged.
  // `sector_bytes`: what the disk writes all or not at all; 512 or 4096.
  [[nodiscard]] std::unique_ptr<UnsyncedFileSystem> LosePower(uint64_t seed,
                                                              size_t sector_bytes = 512) const;

  // The next DataSync of a file whose path contains `path_part` answers kIo, and what it should
  // have covered will never be durable, though it can be read until the power goes.
  void FailNextDataSync(std::string path_part = "");

  // Writes beyond so many bytes in all files answer kDiskFull; FreeBytes counts down from it.
  void set_capacity_bytes(uint64_t bytes);
  [[nodiscard]] uint64_t used_bytes() const;
  // Changes, of data and of directories, that a power loss may take.
  [[nodiscard]] size_t unsynced_changes() const;

  Result<std::unique_ptr<store::File>> Open(const std::string& path, store::OpenMode mode) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Link(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Status CreateDirectories(const std::string& path) override;
  Result<bool> Exists(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Result<uint64_t> FreeBytes(const std::string& directory) override;
  Result<std::unique_ptr<store::FileLock>> Lock(const std::string& path) override;

  struct State;  // shared with the files opened here; in the .cc

 private:
  std::shared_ptr<State> state_;
};

}  // namespace oncelog::test
