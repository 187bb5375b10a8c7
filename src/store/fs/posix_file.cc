#include "store/fs/posix_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "store/fs/mapped_read.h"
#include "store/fs/posix_error.h"

namespace oncelog::store {
namespace {

class PosixMapping final : public Mapping {
 public:
  ~PosixMapping() override {
    if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
  }

  void Own(std::string_view bytes) { bytes_ = bytes; }
  [[nodiscard]] std::string_view bytes() const override { return bytes_; }

  void ExpectScatteredLooks() override { Advise(bytes_, MADV_RANDOM); }
  void Prefetch(size_t offset, size_t size) const override {
    static const auto page_bytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    const size_t before = offset % page_bytes;  // advice begins with a page
    Advise(bytes_.substr(offset - before, size + before), MADV_WILLNEED);
  }

 private:
  // A kernel that does not take it is no worse than one that was not asked.
  static void Advise(std::string_view part, int advice) {
    if (!part.empty()) ::madvise(const_cast<char*>(part.data()), part.size(), advice);
  }

  std::string_view bytes_;
};

}  // namespace

// close() is not checked: whoever needs the bytes to be there has called DataSync.
PosixFile::~PosixFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<size_t> PosixFile::ReadAt(uint64_t offset, char* to, size_t size) {
  size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(fd_, to + done, size - done, static_cast<off_t>(offset + done));
    if (got < 0) {
      if (errno == EINTR) continue;
      return PosixError(errno, "reading", path_);
    }
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

Status PosixFile::WriteAt(uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0) {
      if (errno == EINTR) continue;
      return PosixError(errno, "writing", path_);
    }
    if (put == 0) return PosixError(EIO, "writing", path_);  // would loop for ever
    offset += static_cast<uint64_t>(put);
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return OkStatus();
}

Status PosixFile::DataSync() {
  // Never repeated after a failure other than EINTR: the kernel has then dropped the dirty state,
  // and a second call would answer "fine" for bytes that are lost.
  while (::fdatasync(fd_) != 0) {
    if (errno != EINTR) return PosixError(errno, "syncing", path_);
  }
  return OkStatus();
}

Result<uint64_t> PosixFile::Size() {
  struct stat about {};
  if (::fstat(fd_, &about) != 0) return PosixError(errno, "asking for the size of", path_);
  return static_cast<uint64_t>(about.st_size);
}

Status PosixFile::Truncate(uint64_t size) {
  while (::ftruncate(fd_, static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) return PosixError(errno, "setting the size of", path_);
  }
  return OkStatus();
}

Result<std::unique_ptr<Mapping>> PosixFile::Map() {
  Result<uint64_t> size = Size();
  if (!size.ok()) return size.error();
  auto mapping = std::make_unique<PosixMapping>();  // first, so that it is never lost
  if (*size == 0) return std::unique_ptr<Mapping>(std::move(mapping));
  MappedRead::TakeBusErrors();
  void* at = ::mmap(nullptr, *size, PROT_READ, MAP_SHARED, fd_, 0);
  if (at == MAP_FAILED) return PosixError(errno, "mapping", path_);
  mapping->Own({static_cast<const char*>(at), *size});
  return std::unique_ptr<Mapping>(std::move(mapping));
}

}  // namespace oncelog::store
