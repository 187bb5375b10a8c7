// FileSystem and File: all that the store asks of the operating system, behind an interface, so
// that tests and `oncelog torture` can count calls, make the n-th one fail, or lose what was not
// synced.
//
//   Result<std::unique_ptr<File>> file = fs.Open(path, OpenMode::kCreateNew);
//   if (Status s = (*file)->WriteAt(0, bytes); !s.ok()) return s;
//   if (Status s = (*file)->DataSync(); !s.ok()) return s;
//   if (Status s = fs.SyncDirectory(directory); !s.ok()) return s;
//
// Threads: a File may be read and written by several threads at once (at different offsets).
// Errors: kDiskFull for ENOSPC, EDQUOT and EFBIG, kNotFound for ENOENT, else kIo; the message names
// the path and the reason. EINTR and short transfers are handled inside.
// Units: bytes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oncelog::store {

// A read-only view of a whole file; unmapped when dropped. Looked at only within a MappedRead
// (mapped_read.h): elsewhere a disk that fails ends the process.
class Mapping {
 public:
  Mapping() = default;
  virtual ~Mapping() = default;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  [[nodiscard]] virtual std::string_view bytes() const = 0;
  // Advice, which changes nothing but what a look costs when the page cache has not got its page.
  // First: what lies around the page is not read with it (else up to the disk's readahead, which
  // may be megabytes). Second: that part is read in the background, if it has to be.
  virtual void ExpectScatteredLooks() {}
  virtual void Prefetch([[maybe_unused]] size_t offset, [[maybe_unused]] size_t size) const {}
  // Its disk has failed, or the file was cut: it holds zeros from now on. What is wanted from the
  // file is to be had from ReadAt, or an honest error.
  [[nodiscard]] bool lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  friend class MappedRead;
  mutable std::atomic<bool> lost_ = false;
};

class File {
 public:
  virtual ~File() = default;
  // Reads `size` bytes into `to`; fewer only at the end of the file. Yields how many.
  virtual Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) = 0;
  virtual Status WriteAt(uint64_t offset, std::string_view bytes) = 0;
  virtual Status DataSync() = 0;
  virtual Result<uint64_t> Size() = 0;
  virtual Status Truncate(uint64_t size) = 0;
  virtual Result<std::unique_ptr<Mapping>> Map() = 0;
  [[nodiscard]] virtual const std::string& path() const = 0;
};

enum class OpenMode { kRead, kReadWrite, kCreateNew };

class FileSystem;

// Who holds it is the only one to write the directory that the locked file lies in. Held as long as
// it lives.
class FileLock {
 public:
  virtual ~FileLock() = default;
  // An error as soon as the directory no longer stands at its path, or the file no longer in it:
  // somebody moved or deleted them, and may make another store there.
  [[nodiscard]] virtual Status InPlace() const = 0;
  // The file system it came from, but paths into the directory lead to the one that was locked,
  // wherever it is by now, and never to another that stands at its path.
  virtual FileSystem& files() = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  // The same for a file that is written in whole 4 KiB blocks by one thread and read much later:
  // writes go past the page cache where the file system can do that. With kRead, for one that is
  // read once: reads do, if part and memory start and end on 4 KiB.
  virtual Result<std::unique_ptr<File>> OpenUncached(const std::string& path, OpenMode mode) {
    return Open(path, mode);
  }
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  // A second name for the same file; `to` must not be there yet. Fails where the file system cannot
  // do that, and across two of them: then only a copy is left.
  virtual Status Link(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
  virtual Status CreateDirectories(const std::string& path) = 0;
  virtual Result<bool> Exists(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> List(const std::string& directory) = 0;  // names, sorted
  virtual Result<uint64_t> FreeBytes(const std::string& directory) = 0;
  // Of the file `path`, which is made if need be, and of its directory; kLocked if another process
  // holds either; the message says which.
  virtual Result<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
};

// The real one. Stateless.
FileSystem& PosixFileSystem();

// Reads a whole file; kNotFound if there is none.
Result<std::string> ReadWholeFile(FileSystem& fs, const std::string& path);
// Writes `path` so that after any crash it holds either the old bytes or the new ones: a temporary
// file beside it, synced, renamed over it, and the directory synced. kDiskFull: the old bytes still
// stand; after any other error it may be either.
Status ReplaceFile(FileSystem& fs, const std::string& path, std::string_view bytes);

}  // namespace oncelog::store
