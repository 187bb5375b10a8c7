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

class UncachedFile final : public File {
 public:
  UncachedFile(std::unique_ptr<File> cached, int direct_fd);
  ~UncachedFile() override;
  UncachedFile(const UncachedFile&) = delete;
  UncachedFile& operator=(const UncachedFile&) = delete;

  Status WriteAt(uint64_t offset, std::string_view bytes) override;

  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override {
    return cached_->ReadAt(offset, to, size);
  }
  Status DataSync() override { return cached_->DataSync(); }  // syncs the file, not a descriptor
  Result<uint64_t> Size() override { return cached_->Size(); }
  Status Truncate(uint64_t size) override { return cached_->Truncate(size); }
  Result<std::unique_ptr<Mapping>> Map() override { return cached_->Map(); }
  [[nodiscard]] const std::string& path() const override { return cached_->path(); }

 private:
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };

  const std::unique_ptr<File> cached_;
  const int direct_fd_;
  std::unique_ptr<char, Free> aligned_;  // what the disk reads from: 4 KiB aligned
};

class UncachedReads final : public File {
 public:
  UncachedReads(std::unique_ptr<File> cached, int direct_fd);
  ~UncachedReads() override;
  UncachedReads(const UncachedReads&) = delete;
  UncachedReads& operator=(const UncachedReads&) = delete;

  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override;

  Status WriteAt(uint64_t offset, std::string_view bytes) override {
    return cached_->WriteAt(offset, bytes);
  }
  Status DataSync() override { return cached_->DataSync(); }
  Result<uint64_t> Size() override { return cached_->Size(); }
  Status Truncate(uint64_t size) override { return cached_->Truncate(size); }
  Result<std::unique_ptr<Mapping>> Map() override { return cached_->Map(); }
  [[nodiscard]] const std::string& path() const override { return cached_->path(); }

 private:
  const std::unique_ptr<File> cached_;
  const int direct_fd_;
};

}  // namespace oncelog::store
