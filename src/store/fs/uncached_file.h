// UncachedFile: a File whose writes go past the page cache (O_DIRECT), while reads go through it.
// What a log writes is read again much later or never; sparing the copy into the page cache halves
// the kernel's work for it. UncachedReads: one that is read once; the other way round.
//
//   UncachedFile file(std::move(cached), open(path, O_WRONLY | O_DIRECT));
//   UncachedReads once(std::move(cached), open(path, O_RDONLY | O_DIRECT));
//
// Writes must start and end on 4 KiB. Reads may be of any part; they go past the cache where part
// and memory start and end on 4 KiB.
// Threads: one writer; any number of readers. Ownership: owns both descriptors.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "store/fs/file_system.h"

namespace oncelog::store {

// What both are made of: a file, and a descriptor of it that goes past the page cache.
class DirectFile : public File {
 public:
  ~DirectFile() override;
  DirectFile(const DirectFile&) = delete;
  DirectFile& operator=(const DirectFile&) = delete;

  Status DataSync() override { return cached_->DataSync(); }  // syncs the file, not a descriptor
  Result<uint64_t> Size() override { return cached_->Size(); }
  Status Truncate(uint64_t size) override { return cached_->Truncate(size); }
  Result<std::unique_ptr<Mapping>> Map() override { return cached_->Map(); }
  [[nodiscard]] const std::string& path() const override { return cached_->path(); }

 protected:
  DirectFile(std::unique_ptr<File> cached, int direct_fd)
      : cached_(std::move(cached)), direct_fd_(direct_fd) {}

  [[nodiscard]] File& cached() const { return *cached_; }
  [[nodiscard]] int direct_fd() const { return direct_fd_; }

 private:
  const std::unique_ptr<File> cached_;
  const int direct_fd_;
};

class UncachedFile final : public DirectFile {
 public:
  UncachedFile(std::unique_ptr<File> cached, int direct_fd)
      : DirectFile(std::move(cached), direct_fd) {}

  Status WriteAt(uint64_t offset, std::string_view bytes) override;
  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
    return cached().ReadAt(offset, to, size);
  }

 private:
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };
  std::unique_ptr<char, Free> aligned_;  // what the disk reads from: 4 KiB aligned
};

class UncachedReads final : public DirectFile {
 public:
  UncachedReads(std::unique_ptr<File> cached, int direct_fd)
      : DirectFile(std::move(cached), direct_fd) {}

  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override;
  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    return cached().WriteAt(offset, bytes);
  }
};

}  // namespace oncelog::store
