// RealFileSystem: the FileSystem of the machine; PosixFileSystem() in file_system.h yields the one
// for all paths. One that is made over an open directory keeps to that directory:
//
//   RealFileSystem files(open("data", O_RDONLY | O_DIRECTORY), "data");
//   files.Open("data/p0000/MANIFEST", OpenMode::kRead);   // openat(fd, "p0000/MANIFEST")
//
// Threads: any. Ownership: owns the descriptor. Errors: as file_system.h says.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/fs/file_system.h"

namespace oncelog::store {

class RealFileSystem final : public FileSystem {
 public:
  RealFileSystem();
  // `directory` is the path that `fd` was opened by; it may mean another directory one day.
  RealFileSystem(int fd, std::string_view directory);
  ~RealFileSystem() override;
  RealFileSystem(const RealFileSystem&) = delete;
  RealFileSystem& operator=(const RealFileSystem&) = delete;

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<std::unique_ptr<File>> OpenUncached(const std::string& path, OpenMode mode) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Link(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Status CreateDirectories(const std::string& path) override;
  Result<bool> Exists(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Result<uint64_t> FreeBytes(const std::string& directory) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;

 private:
  // What the calls ending in "at" take.
  struct Place {
    int directory;
    const char* path;  // into the string it was made of
  };
  [[nodiscard]] Place At(const std::string& path) const;
  int OpenAt(const std::string& path, int flags) const;
  [[nodiscard]] Result<bool> IsDirectory(const std::string& path) const;

  const int fd_;
  const std::string directory_;  // without slashes at the end
};

}  // namespace oncelog::store
