#include "store/fs/uncached_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "store/fs/posix_error.h"

namespace oncelog::store {
namespace {

constexpr size_t kAlignment = 4096;
constexpr size_t kBufferBytes = size_t{1} << 20;

}  // namespace

DirectFile::~DirectFile() { ::close(direct_fd_); }

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
    const ssize_t put = ::pwrite(direct_fd(), aligned_.get(), size, static_cast<off_t>(offset));
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

Result<size_t> UncachedReads::ReadAt(uint64_t offset, char* to, size_t size) {
  const auto address = reinterpret_cast<uintptr_t>(to);
  if (offset % kAlignment != 0 || address % kAlignment != 0 || size % kAlignment != 0) {
    return cached().ReadAt(offset, to, size);
  }
  size_t done = 0;
  while (done < size) {
    const ssize_t got =
        ::pread(direct_fd(), to + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == EINVAL) break;  // larger blocks than ours
      return PosixError(errno, "reading", path());
    }
    if (got == 0) return done;
    done += static_cast<size_t>(got);
    if (done % kAlignment != 0) break;  // the end of the file, or an interruption
  }
  const Result<size_t> rest = cached().ReadAt(offset + done, to + done, size - done);
  return rest.ok() ? Result<size_t>(done + *rest) : rest;
}

}  // namespace oncelog::store
