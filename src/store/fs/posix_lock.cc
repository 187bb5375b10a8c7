#include "store/fs/posix_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "store/fs/file_helpers.h"
#include "store/fs/posix_error.h"
#include "store/fs/posix_file.h"
#include "store/fs/posix_file_system.h"

namespace oncelog::store {
namespace {

// Ok while `path` leads to what `fd` was opened on.
Status LeadsTo(const std::string& path, int fd) {
  struct stat held {};
  struct stat there {};
  const std::string said = path + " was moved, deleted or replaced while in use";
  if (::fstat(fd, &held) != 0 || ::stat(path.c_str(), &there) != 0) {
    return Error(Code::kIo, PosixError(errno, said + ": looking at", path).message());
  }
  if (held.st_dev == there.st_dev && held.st_ino == there.st_ino) return OkStatus();
  return Error(Code::kIo, said + ": another one stands there now");
}

class PosixLock final : public FileLock {
 public:
  PosixLock(std::unique_ptr<RealFileSystem> files, int directory_fd,
            std::unique_ptr<PosixFile> file, int fd)
      : files_(std::move(files)),
        directory_fd_(directory_fd),
        file_(std::move(file)),
        fd_(fd),
        directory_(DirectoryOf(file_->path())) {}
  // Who reads the pid to stop the server must not find one that is another's by then.
  ~PosixLock() override { (void)file_->Truncate(0); }
  PosixLock(const PosixLock&) = delete;
  PosixLock& operator=(const PosixLock&) = delete;

  [[nodiscard]] Status InPlace() const override {
    if (Status s = LeadsTo(directory_, directory_fd_); !s.ok()) return s;
    return LeadsTo(file_->path(), fd_);
  }
  FileSystem& files() override { return *files_; }

 private:
  // Each owns the descriptor behind it; closing that drops the lock.
  const std::unique_ptr<RealFileSystem> files_;
  const int directory_fd_;
  const std::unique_ptr<PosixFile> file_;
  const int fd_;
  const std::string directory_;
};

// "process 4711", or "another process" if the file does not say.
std::string Holder(const std::string& path) {
  const Result<std::string> text = ReadWholeFile(PosixFileSystem(), path);
  const size_t digits = text.ok() ? text->find_first_not_of("0123456789") : 0;
  if (digits == 0 || digits == std::string::npos) return "another process";
  return "process " + text->substr(0, digits);
}

// 0, or what went wrong.
int TryLock(int fd) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

Error Locked(const std::string& path) {
  return {Code::kLocked,
          path + " is locked by " + Holder(path) + ": stop that process, or use another directory"};
}

Status WritePid(File& file) {
  if (Status s = file.Truncate(0); !s.ok()) return s;
  return file.WriteAt(0, std::to_string(::getpid()) + "\n");
}

}  // namespace

Result<std::unique_ptr<FileLock>> LockFile(const std::string& path) {
  const std::string directory = DirectoryOf(path);
  const int directory_fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory_fd < 0) return PosixError(errno, "opening the directory", directory);
  auto files = std::make_unique<RealFileSystem>(directory_fd, directory);
  // Any other failure: directories cannot be locked here, and the lock on the file has to do.
  if (TryLock(directory_fd) == EWOULDBLOCK) return Locked(path);

  const std::string name = path.substr(path.find_last_of('/') + 1);
  auto file = std::make_unique<PosixFile>(path);
  const int fd = ::openat(directory_fd, name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (fd < 0) return PosixError(errno, "opening the lock", path);
  file->Own(fd);
  if (const int failed = TryLock(fd); failed == EWOULDBLOCK) {
    return Locked(path);
  } else if (failed != 0) {
    return PosixError(failed, "locking", path);
  }
  if (Status s = WritePid(*file); !s.ok()) return s.error();
  return std::unique_ptr<FileLock>(
      new PosixLock(std::move(files), directory_fd, std::move(file), fd));
}

}  // namespace oncelog::store
