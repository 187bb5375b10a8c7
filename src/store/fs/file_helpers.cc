#include "store/fs/file_helpers.h"

#include "store/fs/file_system.h"

namespace oncelog::store {
namespace {

Status WriteNewFile(FileSystem& fs, const std::string& path, std::string_view bytes) {
  Result<std::unique_ptr<File>> file = fs.Open(path, OpenMode::kCreateNew);
  if (!file.ok()) return file.error();
  if (Status s = (*file)->WriteAt(0, bytes); !s.ok()) return s;
  return (*file)->DataSync();
}

}  // namespace

std::string DirectoryOf(const std::string& path) {
  const size_t last = path.find_last_not_of('/');
  if (last == std::string::npos) return path.empty() ? "." : "/";
  const size_t slash = path.find_last_of('/', last);
  if (slash == std::string::npos) return ".";
  const size_t end = path.find_last_not_of('/', slash);
  return end == std::string::npos ? "/" : path.substr(0, end + 1);
}

std::string TemporaryOf(const std::string& path) { return path + ".tmp"; }

Result<std::string> ReadWholeFile(FileSystem& fs, const std::string& path) {
  Result<std::unique_ptr<File>> file = fs.Open(path, OpenMode::kRead);
  if (!file.ok()) return file.error();
  Result<uint64_t> size = (*file)->Size();
  if (!size.ok()) return size.error();
  std::string bytes(*size, '\0');
  Result<size_t> got = (*file)->ReadAt(0, bytes.data(), bytes.size());
  if (!got.ok()) return got.error();
  bytes.resize(*got);
  return bytes;
}

Status ReplaceFile(FileSystem& fs, const std::string& path, std::string_view bytes) {
  const std::string temporary = TemporaryOf(path);
  if (Status s = fs.Remove(temporary); !s.ok() && s.error().code() != Code::kNotFound) return s;
  Status written = WriteNewFile(fs, temporary, bytes);
  if (written.ok()) written = fs.Rename(temporary, path);
  if (!written.ok()) {
    // Best effort: what failed is what the caller has to know.
    [[maybe_unused]] const Status removed = fs.Remove(temporary);
    return written;
  }
  Status synced = fs.SyncDirectory(DirectoryOf(path));
  if (synced.ok() || synced.error().code() != Code::kDiskFull) return synced;
  // A full disk means that nothing was changed; this file has been.
  return Error(Code::kIo, synced.error().message());
}

}  // namespace oncelog::store
