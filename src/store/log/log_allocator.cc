#include "store/log/log_allocator.h"

#include <algorithm>
#include <utility>

#include "base/out_of_memory.h"
#include "store/log/frame.h"

namespace oncelog::store {
namespace {

constexpr uint64_t kSmallestBytes = uint64_t{1} << 20;  // tried on a nearly full disk
constexpr size_t kZeroChunkBytes = size_t{1} << 20;
constexpr uint64_t kSyncEveryBytes = uint64_t{8} << 20;  // bounds how much write-back piles up

}  // namespace

LogAllocator::LogAllocator(FileSystem& fs, std::string directory, ManifestKeeper& manifest,
                           LogAllocatorOptions options)
    : fs_(fs),
      directory_(std::move(directory)),
      manifest_(manifest),
      options_(std::move(options)),
      next_bytes_(options_.bytes_min) {}

Result<std::shared_ptr<LogFile>> LogAllocator::Take(uint64_t bytes_needed) {
  const std::lock_guard lock(mutex_);
  if (spare_ != nullptr && spare_->capacity_bytes >= bytes_needed) {
    has_spare_ = false;
    return std::move(spare_);
  }
  // A spare that is too small for this frame is used by a later one.
  return Make(bytes_needed);
}

Result<std::shared_ptr<LogFile>> LogAllocator::TakeLeast(uint64_t bytes_needed) {
  const std::lock_guard lock(mutex_);
  return MakeOfSize(RoundUpToBlock(bytes_needed));
}

Status LogAllocator::PrepareSpare() {
  const std::lock_guard lock(mutex_);
  if (spare_ != nullptr) return OkStatus();
  Result<std::shared_ptr<LogFile>> file = Make(0);
  if (!file.ok()) return file.error();
  spare_ = file.Take();
  has_spare_ = true;
  return OkStatus();
}

void LogAllocator::SizeAfter(uint64_t capacity_bytes) {
  const std::lock_guard lock(mutex_);
  next_bytes_ = std::clamp(capacity_bytes * 2, options_.bytes_min, options_.bytes_max);
}

Result<std::shared_ptr<LogFile>> LogAllocator::Make(uint64_t bytes_needed) {
  const uint64_t least =
      RoundUpToBlock(std::max(bytes_needed, std::min(kSmallestBytes, options_.bytes_min)));
  uint64_t size = RoundUpToBlock(std::max(next_bytes_, least));
  for (;;) {
    Result<uint64_t> free = fs_.FreeBytes(directory_);
    if (!free.ok()) return free.error();
    Result<std::shared_ptr<LogFile>> file =
        *free < size + options_.reserve_bytes()
            ? Error(Code::kDiskFull, directory_ + ": no space for another log file")
            : MakeOfSize(size);
    if (file.ok()) {
      next_bytes_ = std::clamp(size * 2, options_.bytes_min, options_.bytes_max);
      return file;
    }
    if (file.error().code() != Code::kDiskFull || size == least) return file;
    size = std::max(RoundUpToBlock(size / 2), least);
  }
}

Result<std::shared_ptr<LogFile>> LogAllocator::MakeOfSize(uint64_t capacity_bytes) {
  uint64_t id = 0;
  std::string path;
  for (;;) {  // a file of that name that no manifest lists is somebody's: leave it alone
    id = manifest_.NewFileId();
    path = LogPath(directory_, id);
    Result<bool> taken = fs_.Exists(path);
    if (!taken.ok()) return taken.error();
    if (!*taken) break;
  }
  Result<std::unique_ptr<File>> file = fs_.OpenUncached(path, OpenMode::kCreateNew);
  if (!file.ok()) return file.error();
  Status s = OrOutOfMemory([&] { return FillWithZeros(**file, capacity_bytes); });
  if (s.ok()) s = fs_.SyncDirectory(LogDirectory(directory_));
  if (!s.ok()) {
    (void)fs_.Remove(path);  // best effort: it is listed nowhere
    return s.error();
  }
  s = manifest_.Edit([&](Manifest& m) {
    LogFileInfo info;
    info.id = id;
    info.capacity_bytes = capacity_bytes;
    m.logs.push_back(info);
    m.clean_stop = false;  // the log may go on from here
  });
  if (!s.ok()) {
    // On a full disk the new MANIFEST was not even written. After any other error it may be the one
    // that the next start reads, so the file it lists must stay.
    if (s.error().code() == Code::kDiskFull) (void)fs_.Remove(path);
    return s.error();
  }
  return std::make_shared<LogFile>(id, file.Take(), capacity_bytes);
}

Status LogAllocator::FillWithZeros(File& file, uint64_t capacity_bytes) {
  const std::string zeros(kZeroChunkBytes, '\0');
  for (uint64_t at = 0; at < capacity_bytes; at += kZeroChunkBytes) {
    const uint64_t bytes = std::min<uint64_t>(kZeroChunkBytes, capacity_bytes - at);
    if (Status s = file.WriteAt(at, std::string_view(zeros).substr(0, bytes)); !s.ok()) return s;
    if ((at + bytes) % kSyncEveryBytes == 0) {
      if (Status s = file.DataSync(); !s.ok()) return s;
    }
  }
  return file.DataSync();
}

}  // namespace oncelog::store
