// PosixFile: a File over one file descriptor.
//
//   auto file = std::make_unique<PosixFile>(path);  // first, so that no descriptor is ever lost
//   file->Own(open(path, …));
//
// Threads: pread and pwrite only, so any number at once. Ownership: owns the descriptor; a mapping
// outlives the File it was made from. Errors: as file_system.h says.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "store/fs/file_system.h"

namespace oncelog::store {

class PosixFile final : public File {
 public:
  explicit PosixFile(std::string path) : path_(std::move(path)) {}
  ~PosixFile() override;
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  void Own(int fd) { fd_ = fd; }

  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override;
  Status WriteAt(uint64_t offset, std::string_view bytes) override;
  Status DataSync() override;
  Result<uint64_t> Size() override;
  Status Truncate(uint64_t size) override;
  Result<std::unique_ptr<Mapping>> Map() override;
  [[nodiscard]] const std::string& path() const override { return path_; }

 private:
  int fd_ = -1;
  std::string path_;
};

}  // namespace oncelog::store
