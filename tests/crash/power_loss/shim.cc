// The shim: put in front of libc by LD_PRELOAD, it notes in the Journal what a program changes and
// syncs under one directory. Calls elsewhere go through untouched.
//
// What it does not see (writes through a mapping, io_uring, calls made within libc) is seen by
// disk_model.py, which holds the journal against the files after each life.
// sync_file_range is left alone: it promises nothing.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "tests/crash/power_loss/journal.h"

using power_loss::Journal;
using power_loss::Kind;

namespace {

template <typename Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// What is known of an open file under the root.
struct Tracked {
  uint64_t inode = 0;
  bool is_directory = false;
  bool syncs_itself = false;  // O_SYNC or O_DSYNC
  bool appends = false;
  std::string path;
};

constexpr size_t kDescriptorsMax = 65'536;
std::array<std::atomic<Tracked*>, kDescriptorsMax> open_files;  // by descriptor

Tracked* Find(int fd) {
  if (fd < 0 || static_cast<size_t>(fd) >= kDescriptorsMax) return nullptr;
  return open_files[static_cast<size_t>(fd)].load();
}

void Track(int fd, std::unique_ptr<Tracked> file) {
  if (static_cast<size_t>(fd) >= kDescriptorsMax) abort();
  delete open_files[static_cast<size_t>(fd)].exchange(file.release());
}

// errno as it was, whatever the journal did meanwhile.
class KeepErrno {
 public:
  ~KeepErrno() { errno = kept_; }

 private:
  const int kept_ = errno;
};

int OpenAt(int at, const char* path, int flags, mode_t mode) {
  static const auto real = Next<int (*)(int, const char*, int, mode_t)>("openat");
  const std::string whole = Journal::Get().PathUnderRoot(at, path);
  if (whole.empty()) return real(at, path, flags, mode);
  Journal::Turn turn(Journal::Get());
  const bool there = faccessat(at, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
  const int fd = real(at, path, flags, mode);
  const KeepErrno keep;
  if (fd < 0) return fd;
  struct stat about {};
  fstat(fd, &about);
  auto file = std::make_unique<Tracked>();
  file->inode = about.st_ino;
  file->is_directory = S_ISDIR(about.st_mode);
  file->syncs_itself = (flags & O_DSYNC) != 0;
  file->appends = (flags & O_APPEND) != 0;
  file->path = whole;
  if ((flags & O_TMPFILE) == O_TMPFILE) turn.Note(Kind::kUnknown, 0, 0, "O_TMPFILE " + whole);
  if (!there && (flags & O_CREAT) != 0) turn.Note(Kind::kCreate, file->inode, 0, whole);
  if (there && (flags & O_TRUNC) != 0) turn.Note(Kind::kResize, file->inode);
  Track(fd, std::move(file));
  return fd;
}

bool HasMode(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

// Notes a sync around `sync`, which answers 0 or -1. The lock is free meanwhile, as the kernel lets
// others write during a sync: what they write is not covered by it.
template <typename Sync>
int NoteSync(const Tracked& file, Sync sync) {
  Journal& journal = Journal::Get();
  uint64_t number = 0;
  bool fails = false;
  {
    Journal::Turn turn(journal);
    if (turn.Forgets(file.path, file.inode, file.is_directory)) return 0;
    number = turn.BeginSync(file.inode);
    fails = file.path.ends_with(".log") && turn.TakeFailure(file.inode);
  }
  int result = -1;
  if (fails) {
    errno = EIO;
  } else {
    result = sync();
  }
  const KeepErrno keep;
  Journal::Turn(journal).Note(result == 0 ? Kind::kSyncDone : Kind::kSyncFailed, file.inode,
                              number);
  return result;
}

// A write of `size` bytes at `offset`, made by `write`; offset -1: where the descriptor stands.
template <typename Write>
ssize_t NoteWrite(int fd, const iovec* parts, int count, off_t offset, Write write) {
  const Tracked* file = Find(fd);
  if (file == nullptr) return write();
  ssize_t put = 0;
  {
    Journal::Turn turn(Journal::Get());
    if (file->appends) {
      offset = lseek(fd, 0, SEEK_END);
    } else if (offset < 0) {
      offset = lseek(fd, 0, SEEK_CUR);
    }
    put = write();
    const KeepErrno keep;
    ssize_t left = put;
    for (int i = 0; i < count && left > 0; ++i) {
      const ssize_t size = std::min<ssize_t>(left, static_cast<ssize_t>(parts[i].iov_len));
      if (size > 0) turn.Write(file->inode, static_cast<uint64_t>(offset), parts[i].iov_base, size);
      offset += size;
      left -= size;
    }
  }
  if (put > 0 && file->syncs_itself) (void)NoteSync(*file, [] { return 0; });
  return put;
}

template <typename Call>
int NoteTwoPaths(Kind kind, int from_at, const char* from, int to_at, const char* to, Call call) {
  const std::string old_path = Journal::Get().PathUnderRoot(from_at, from);
  const std::string new_path = Journal::Get().PathUnderRoot(to_at, to);
  if (old_path.empty() && new_path.empty()) return call();
  Journal::Turn turn(Journal::Get());
  const int result = call();
  const KeepErrno keep;
  if (result == 0) turn.Note(kind, 0, 0, old_path + '\0' + new_path);
  return result;
}

template <typename Call>
int NoteRemoval(int at, const char* path, Call call) {
  const std::string whole = Journal::Get().PathUnderRoot(at, path);
  if (whole.empty()) return call();
  Journal::Turn turn(Journal::Get());
  const int result = call();
  const KeepErrno keep;
  if (result == 0) turn.Note(Kind::kRemove, 0, 0, whole);
  return result;
}

int Resize(int fd, off_t size) {
  static const auto real = Next<int (*)(int, off_t)>("ftruncate");
  const Tracked* file = Find(fd);
  if (file == nullptr) return real(fd, size);
  Journal::Turn turn(Journal::Get());
  const int result = real(fd, size);
  const KeepErrno keep;
  if (result == 0) turn.Note(Kind::kResize, file->inode, static_cast<uint64_t>(size));
  return result;
}

[[gnu::constructor]] void Begin() { Journal::Get(); }

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = HasMode(flags) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return OpenAt(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = HasMode(flags) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return OpenAt(at, path, flags, mode);
}

int close(int fd) {
  static const auto real = Next<int (*)(int)>("close");
  if (Find(fd) != nullptr) Track(fd, nullptr);
  return real(fd);
}

// libc closes the descriptor by itself, without calling close().
int closedir(DIR* stream) {
  static const auto real = Next<int (*)(DIR*)>("closedir");
  const int fd = dirfd(stream);
  if (Find(fd) != nullptr) Track(fd, nullptr);
  return real(stream);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  static const auto real = Next<ssize_t (*)(int, const void*, size_t)>("write");
  const iovec part{const_cast<void*>(bytes), size};
  return NoteWrite(fd, &part, 1, -1, [&] { return real(fd, bytes, size); });
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  static const auto real = Next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  const iovec part{const_cast<void*>(bytes), size};
  return NoteWrite(fd, &part, 1, offset, [&] { return real(fd, bytes, size, offset); });
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto real = Next<ssize_t (*)(int, const iovec*, int)>("writev");
  return NoteWrite(fd, parts, count, -1, [&] { return real(fd, parts, count); });
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  static const auto real = Next<ssize_t (*)(int, const iovec*, int, off_t)>("pwritev");
  return NoteWrite(fd, parts, count, offset, [&] { return real(fd, parts, count, offset); });
}

int ftruncate(int fd, off_t size) noexcept { return Resize(fd, size); }

int fallocate(int fd, int mode, off_t offset, off_t size) {
  const Tracked* file = Find(fd);
  static const auto real = Next<int (*)(int, int, off_t, off_t)>("fallocate");
  if (file == nullptr) return real(fd, mode, offset, size);
  Journal::Turn turn(Journal::Get());
  const int result = real(fd, mode, offset, size);
  const KeepErrno keep;
  struct stat about {};
  fstat(fd, &about);
  if (result != 0) return result;
  if (mode == 0) turn.Note(Kind::kResize, file->inode, static_cast<uint64_t>(about.st_size));
  if (mode != 0) turn.Note(Kind::kUnknown, file->inode, 0, "fallocate " + file->path);
  return result;
}

int fsync(int fd) {
  static const auto real = Next<int (*)(int)>("fsync");
  const Tracked* file = Find(fd);
  return file == nullptr ? real(fd) : NoteSync(*file, [&] { return real(fd); });
}

int fdatasync(int fd) {
  static const auto real = Next<int (*)(int)>("fdatasync");
  const Tracked* file = Find(fd);
  return file == nullptr ? real(fd) : NoteSync(*file, [&] { return real(fd); });
}

int rename(const char* from, const char* to) noexcept {
  static const auto real = Next<int (*)(const char*, const char*)>("rename");
  return NoteTwoPaths(Kind::kRename, AT_FDCWD, from, AT_FDCWD, to, [&] { return real(from, to); });
}

int renameat(int from_at, const char* from, int to_at, const char* to) noexcept {
  static const auto real = Next<int (*)(int, const char*, int, const char*)>("renameat");
  return NoteTwoPaths(Kind::kRename, from_at, from, to_at, to,
                      [&] { return real(from_at, from, to_at, to); });
}

int link(const char* from, const char* to) noexcept {
  static const auto real = Next<int (*)(const char*, const char*)>("link");
  return NoteTwoPaths(Kind::kLink, AT_FDCWD, from, AT_FDCWD, to, [&] { return real(from, to); });
}

int unlink(const char* path) noexcept {
  static const auto real = Next<int (*)(const char*)>("unlink");
  return NoteRemoval(AT_FDCWD, path, [&] { return real(path); });
}

int unlinkat(int at, const char* path, int flags) noexcept {
  static const auto real = Next<int (*)(int, const char*, int)>("unlinkat");
  return NoteRemoval(at, path, [&] { return real(at, path, flags); });
}

int remove(const char* path) noexcept {
  static const auto real = Next<int (*)(const char*)>("remove");
  return NoteRemoval(AT_FDCWD, path, [&] { return real(path); });
}

int rmdir(const char* path) noexcept {
  static const auto real = Next<int (*)(const char*)>("rmdir");
  return NoteRemoval(AT_FDCWD, path, [&] { return real(path); });
}

int mkdirat(int at, const char* path, mode_t mode) noexcept {
  static const auto real = Next<int (*)(int, const char*, mode_t)>("mkdirat");
  const std::string whole = Journal::Get().PathUnderRoot(at, path);
  if (whole.empty()) return real(at, path, mode);
  Journal::Turn turn(Journal::Get());
  const int result = real(at, path, mode);
  const KeepErrno keep;
  struct stat about {};
  if (result == 0 && fstatat(at, path, &about, 0) == 0) {
    turn.Note(Kind::kMakeDirectory, about.st_ino, 0, whole);
  }
  return result;
}

int mkdir(const char* path, mode_t mode) noexcept { return mkdirat(AT_FDCWD, path, mode); }

// The same functions under their other names: off_t has 64 bits here.
static_assert(sizeof(off_t) == 8);
int open64(const char* path, int flags, ...) __attribute__((alias("open")));
int openat64(int at, const char* path, int flags, ...) __attribute__((alias("openat")));
ssize_t pwrite64(int, const void*, size_t, off_t) __attribute__((alias("pwrite")));
ssize_t pwritev64(int, const iovec*, int, off_t) __attribute__((alias("pwritev")));
int ftruncate64(int, off_t) noexcept __attribute__((alias("ftruncate")));
int fallocate64(int, int, off_t, off_t) __attribute__((alias("fallocate")));

}  // extern "C"
