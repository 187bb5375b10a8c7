// OneFile: a file system with one file, which is a string: for those who read a file whose bytes
// come from a fuzzer. Whatever name is opened, it is that file; nothing can be written.
//
//   OneFile fs(bytes);
//   Result<std::shared_ptr<const Run>> run = Run::Open(fs, ".", info, seed);
//
// Threads: any. Ownership: borrows the bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/fs/file_system.h"

namespace oncelog::test {

class BytesMapping final : public store::Mapping {
 public:
  explicit BytesMapping(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] std::string_view bytes() const override { return bytes_; }

 private:
  std::string_view bytes_;
};

// A file that is a string.
class BytesFile final : public store::File {
 public:
  BytesFile(std::string_view bytes, std::string path) : bytes_(bytes), path_(std::move(path)) {}
  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
    if (offset >= bytes_.size()) return size_t{0};
    return bytes_.copy(to, size, offset);
  }
  Status WriteAt(uint64_t, std::string_view) override { return Refused(); }
  Status DataSync() override { return Refused(); }
  Result<uint64_t> Size() override { return uint64_t{bytes_.size()}; }
  Status Truncate(uint64_t) override { return Refused(); }
  Result<std::unique_ptr<store::Mapping>> Map() override {
    return std::unique_ptr<store::Mapping>(new BytesMapping(bytes_));
  }
  [[nodiscard]] const std::string& path() const override { return path_; }

 private:
  static Error Refused() { return {Code::kIo, "read only"}; }

  std::string_view bytes_;
  std::string path_;
};

// A file system with that one file.
class OneFile final : public store::FileSystem {
 public:
  explicit OneFile(std::string_view bytes) : bytes_(bytes) {}
  Result<std::unique_ptr<store::File>> Open(const std::string& path, store::OpenMode) override {
    return std::unique_ptr<store::File>(new BytesFile(bytes_, path));
  }
  Status Rename(const std::string&, const std::string&) override { return OkStatus(); }
  Status Link(const std::string&, const std::string&) override { return OkStatus(); }
  Status Remove(const std::string&) override { return OkStatus(); }
  Status SyncDirectory(const std::string&) override { return OkStatus(); }
  Status CreateDirectories(const std::string&) override { return OkStatus(); }
  Result<bool> Exists(const std::string&) override { return true; }
  Result<std::vector<std::string>> List(const std::string&) override {
    return std::vector<std::string>{};
  }
  Result<uint64_t> FreeBytes(const std::string&) override { return uint64_t{0}; }
  Result<std::unique_ptr<store::FileLock>> Lock(const std::string&) override {
    return Error(Code::kLocked, "read only");
  }

 private:
  std::string_view bytes_;
};

}  // namespace oncelog::test
