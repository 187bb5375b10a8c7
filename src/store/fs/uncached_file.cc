#include "store/fs/uncached_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "store/fs/posix_error.h"

namespace oncelog::store {
namespace {

constexpr size_t kAlignment = 4096;
constexpr size_t kBufferBytes = size_t{1} << 20;

}  // namespace

UncachedFile::UncachedFile(std::unique_ptr<File> cached, int direct_fd)
    : cached_(std::move(cached)), direct_fd_(direct_fd) {}

UncachedFile::~UncachedFile() { ::close(direct_fd_); }

Status UncachedFile::WriteAt(uint64_t offset, std::string_view bytes) {
  Check(offset % kAlignment == 0 && bytes.size() % kAlignment == 0,
        "an uncached write starts and ends on a block");
  if (aligned_ == nullptr) {
    aligned_.reset(static_cast<char*>(std::aligned_alloc(kAlignment, kBufferBytes)));
    if (aligned_ == nullptr) return PosixError(ENOMEM, "writing", path());
  }
  while (!bytes.empty()) {
    const size_t size = std::min(bytes.size(), kBufferBytes);
    std::memcpy(aligned_.get(), bytes.data(), size);
    const ssize_t put = ::pwrite(direct_fd_, aligned_.get(), size, static_cast<off_t>(offset));
    if (put < 0) {
      if (errno == EINTR) continue;
      return PosixError(errno, "writing", path());
    }
    // A short write may end inside a block (a full disk): the rest is written from that block on.
    const size_t whole = static_cast<size_t>(put) / kAlignment * kAlignment;
    if (whole == 0) return PosixError(ENOSPC, "writing", path());
    offset += whole;
    bytes.remove_prefix(whole);
  }
  return OkStatus();
}

}  // namespace oncelog::store
