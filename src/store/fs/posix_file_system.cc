#include "store/fs/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "store/fs/file_helpers.h"
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
    case OpenMode::kRead: return O_RDONLY;
    case OpenMode::kReadWrite: return O_RDWR;
    case OpenMode::kCreateNew: return O_RDWR | O_CREAT | O_EXCL;
  }
  Check(false, "an OpenMode is one of its enumerators");
  return 0;
}

}  // namespace

RealFileSystem::RealFileSystem() : fd_(AT_FDCWD) {}

RealFileSystem::RealFileSystem(int fd, std::string_view directory)
    : fd_(fd), directory_(directory.substr(0, directory.find_last_not_of('/') + 1)) {}

RealFileSystem::~RealFileSystem() {
  if (fd_ != AT_FDCWD) ::close(fd_);
}

RealFileSystem::Place RealFileSystem::At(const std::string& path) const {
  const size_t size = directory_.size();
  const bool inside =
      fd_ != AT_FDCWD && path.starts_with(directory_) && (path.size() == size || path[size] == '/');
  if (!inside) return {AT_FDCWD, path.c_str()};
  const size_t name = path.find_first_not_of('/', size);
  return {fd_, name == std::string::npos ? "." : path.c_str() + name};
}

int RealFileSystem::OpenAt(const std::string& path, int flags) const {
  const Place at = At(path);
  int fd;
  do {
    fd = ::openat(at.directory, at.path, flags | O_CLOEXEC, kFileMode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

Result<std::unique_ptr<File>> RealFileSystem::Open(const std::string& path, OpenMode mode) {
  auto file = std::make_unique<PosixFile>(path);
  const int fd = OpenAt(path, OpenFlags(mode));
  if (fd < 0) {
    return PosixError(errno, mode == OpenMode::kCreateNew ? "creating" : "opening", path);
  }
  file->Own(fd);
  return std::unique_ptr<File>(std::move(file));
}

Result<std::unique_ptr<File>> RealFileSystem::OpenUncached(const std::string& path, OpenMode mode) {
  Result<std::unique_ptr<File>> cached = Open(path, mode);
  if (!cached.ok()) return cached;
  const bool reads = mode == OpenMode::kRead;
  const int fd = OpenAt(path, (reads ? O_RDONLY : O_WRONLY) | O_DIRECT);
  if (fd < 0) return cached;  // the file system cannot do this (tmpfs)
  if (reads) return std::unique_ptr<File>(new UncachedReads(cached.Take(), fd));
  return std::unique_ptr<File>(new UncachedFile(cached.Take(), fd));
}

Status RealFileSystem::Rename(const std::string& from, const std::string& to) {
  const Place old_place = At(from);
  const Place new_place = At(to);
  if (::renameat(old_place.directory, old_place.path, new_place.directory, new_place.path) == 0) {
    return OkStatus();
  }
  return PosixError(errno, "renaming " + from + " to", to);
}

Status RealFileSystem::Link(const std::string& from, const std::string& to) {
  const Place old_place = At(from);
  const Place new_place = At(to);
  if (::linkat(old_place.directory, old_place.path, new_place.directory, new_place.path, 0) == 0) {
    return OkStatus();
  }
  return PosixError(errno, "linking " + from + " to", to);
}

Status RealFileSystem::Remove(const std::string& path) {
  const Place at = At(path);
  if (::unlinkat(at.directory, at.path, 0) == 0) return OkStatus();
  return PosixError(errno, "removing", path);
}

Status RealFileSystem::SyncDirectory(const std::string& path) {
  const int fd = OpenAt(path, O_RDONLY | O_DIRECTORY);
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
Status RealFileSystem::CreateDirectories(const std::string& path) {
  Result<bool> there = IsDirectory(path);
  if (!there.ok()) return there.error();
  if (*there) return OkStatus();
  const std::string parent = DirectoryOf(path);
  if (parent != path) {
    if (Status s = CreateDirectories(parent); !s.ok()) return s;
  }
  const Place at = At(path);
  if (::mkdirat(at.directory, at.path, kDirectoryMode) != 0) {
    const int failed = errno;
    if (failed != EEXIST) return PosixError(failed, "creating the directory", path);
    there = IsDirectory(path);  // made by another meanwhile, or a file is in the way
    if (!there.ok()) return there.error();
    if (!*there) return PosixError(ENOTDIR, "creating the directory", path);
  }
  return SyncDirectory(parent);
}

Result<bool> RealFileSystem::IsDirectory(const std::string& path) const {
  const Place at = At(path);
  struct stat about {};
  if (::fstatat(at.directory, at.path, &about, 0) == 0) return S_ISDIR(about.st_mode);
  if (errno == ENOENT) return false;
  return PosixError(errno, "looking at", path);
}

Result<bool> RealFileSystem::Exists(const std::string& path) {
  const Place at = At(path);
  struct stat about {};
  if (::fstatat(at.directory, at.path, &about, 0) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return PosixError(errno, "looking at", path);
}

Result<std::vector<std::string>> RealFileSystem::List(const std::string& directory) {
  const int fd = OpenAt(directory, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return PosixError(errno, "listing", directory);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd), ::closedir);
  if (stream == nullptr) {
    const int failed = errno;
    ::close(fd);
    return PosixError(failed, "listing", directory);
  }
  std::vector<std::string> names;
  errno = 0;
  for (const dirent* entry = ::readdir(stream.get()); entry != nullptr;
       entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int failed = errno;
  if (failed != 0) return PosixError(failed, "listing", directory);
  std::sort(names.begin(), names.end());
  return names;
}

Result<uint64_t> RealFileSystem::FreeBytes(const std::string& directory) {
  const int fd = OpenAt(directory, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return PosixError(errno, "asking for the free space of", directory);
  struct statvfs about {};
  int failed;
  do {
    failed = ::fstatvfs(fd, &about) == 0 ? 0 : errno;
  } while (failed == EINTR);
  ::close(fd);
  if (failed != 0) return PosixError(failed, "asking for the free space of", directory);
  return uint64_t{about.f_bavail} * uint64_t{about.f_frsize};
}

Result<std::unique_ptr<FileLock>> RealFileSystem::Lock(const std::string& path) {
  return LockFile(path);
}

FileSystem& PosixFileSystem() {
  static RealFileSystem file_system;  // stateless
  return file_system;
}

}  // namespace oncelog::store
