// PosixFileSystem: the FileSystem of the real machine.

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "store/fs/file_helpers.h"
#include "store/fs/file_system.h"
#include "store/fs/posix_error.h"
#include "store/fs/posix_file.h"
#include "store/fs/posix_lock.h"
#include "store/fs/uncached_file.h"

namespace oncelog::store {
namespace {

// The data is the owner's and, for backups, the group's; the umask may narrow it further.
constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;

int OpenFlags(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead: return O_RDONLY | O_CLOEXEC;
    case OpenMode::kReadWrite: return O_RDWR | O_CLOEXEC;
    case OpenMode::kCreateNew: return O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
  }
  Check(false, "an OpenMode is one of its enumerators");
  return 0;
}

Result<bool> IsDirectory(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0) return S_ISDIR(about.st_mode);
  if (errno == ENOENT) return false;
  return PosixError(errno, "looking at", path);
}

class RealFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    int fd;
    do {
      fd = ::open(path.c_str(), OpenFlags(mode), kFileMode);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
      return PosixError(errno, mode == OpenMode::kCreateNew ? "creating" : "opening", path);
    }
    return std::unique_ptr<File>(new PosixFile(fd, path));
  }

  Result<std::unique_ptr<File>> OpenUncached(const std::string& path, OpenMode mode) override {
    Result<std::unique_ptr<File>> file = Open(path, mode);
    if (!file.ok()) return file;
    return MakeUncached(file.Take());
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (std::rename(from.c_str(), to.c_str()) == 0) return OkStatus();
    return PosixError(errno, "renaming " + from + " to", to);
  }

  Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) == 0) return OkStatus();
    return PosixError(errno, "removing", path);
  }

  Status SyncDirectory(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return PosixError(errno, "opening the directory", path);
    int failed;
    do {
      failed = ::fsync(fd) == 0 ? 0 : errno;
    } while (failed == EINTR);
    ::close(fd);
    if (failed != 0) return PosixError(failed, "syncing the directory", path);
    return OkStatus();
  }

  // A new directory is synced into its parent, so that it is there after a crash.
  Status CreateDirectories(const std::string& path) override {
    Result<bool> there = IsDirectory(path);
    if (!there.ok()) return there.error();
    if (*there) return OkStatus();
    const std::string parent = DirectoryOf(path);
    if (parent != path) {
      if (Status s = CreateDirectories(parent); !s.ok()) return s;
    }
    if (::mkdir(path.c_str(), kDirectoryMode) != 0) {
      const int failed = errno;
      if (failed != EEXIST) return PosixError(failed, "creating the directory", path);
      there = IsDirectory(path);  // made by another meanwhile, or a file is in the way
      if (!there.ok()) return there.error();
      if (!*there) return PosixError(ENOTDIR, "creating the directory", path);
    }
    return SyncDirectory(parent);
  }

  Result<bool> Exists(const std::string& path) override {
    struct stat about {};
    if (::stat(path.c_str(), &about) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return PosixError(errno, "looking at", path);
  }

  Result<std::vector<std::string>> List(const std::string& directory) override {
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) return PosixError(errno, "listing", directory);
    std::vector<std::string> names;
    errno = 0;
    for (const dirent* entry = ::readdir(stream); entry != nullptr; entry = ::readdir(stream)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    const int failed = errno;
    ::closedir(stream);
    if (failed != 0) return PosixError(failed, "listing", directory);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<uint64_t> FreeBytes(const std::string& directory) override {
    struct statvfs about {};
    int failed;
    do {
      failed = ::statvfs(directory.c_str(), &about) == 0 ? 0 : errno;
    } while (failed == EINTR);
    if (failed != 0) return PosixError(failed, "asking for the free space of", directory);
    return uint64_t{about.f_bavail} * uint64_t{about.f_frsize};
  }

  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    return LockFile(path);
  }
};

}  // namespace

FileSystem& PosixFileSystem() {
  static RealFileSystem file_system;  // stateless
  return file_system;
}

}  // namespace oncelog::store
