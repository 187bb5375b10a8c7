#include "store/fs/posix_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "store/fs/posix_error.h"
#include "store/fs/posix_file.h"

namespace oncelog::store {
namespace {

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(std::unique_ptr<PosixFile> file) : file_(std::move(file)) {}

 private:
  std::unique_ptr<PosixFile> file_;  // closing it drops the lock
};

// "process 4711", or "another process" if the file does not say.
std::string Holder(File& file) {
  char text[24];
  Result<size_t> size = file.ReadAt(0, text, sizeof text);
  size_t digits = 0;
  while (size.ok() && digits < *size && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits == 0) return "another process";
  return "process " + std::string(text, digits);
}

Status WritePid(File& file) {
  if (Status s = file.Truncate(0); !s.ok()) return s;
  return file.WriteAt(0, std::to_string(::getpid()) + "\n");
}

}  // namespace

Result<std::unique_ptr<FileLock>> LockFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return PosixError(errno, "opening the lock", path);
  auto file = std::make_unique<PosixFile>(fd, path);
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return PosixError(errno, "locking", path);
    return Error(Code::kLocked, path + " is locked by " + Holder(*file) +
                                    ": stop that process, or use another directory");
  }
  if (Status s = WritePid(*file); !s.ok()) return s.error();
  return std::unique_ptr<FileLock>(new PosixLock(std::move(file)));
}

}  // namespace oncelog::store
