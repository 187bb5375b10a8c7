#include "store/backup/piecewise.h"

#include <algorithm>
#include <memory>

namespace oncelog::store {
namespace {

// Each piece in turn, then to `target` if there is one.
Status ForEachPiece(File& source, uint64_t bytes, File* target, BackupMeter& meter,
                    const std::function<Status(uint64_t offset, std::string_view piece)>& take) {
  std::string piece;
  for (uint64_t at = 0; at < bytes; at += piece.size()) {
    piece.resize(std::min<uint64_t>(kBackupPieceBytes, bytes - at));
    const Result<size_t> got = source.ReadAt(at, piece.data(), piece.size());
    if (!got.ok()) return got.error();
    if (*got < piece.size()) {
      return Error(Code::kDamaged, source.path() + " at offset " + std::to_string(at + *got) +
                                       ": ends here, but should have " + std::to_string(bytes) +
                                       " bytes");
    }
    if (Status s = take(at, piece); !s.ok()) return s;
    if (target != nullptr) {
      if (Status s = target->WriteAt(at, piece); !s.ok()) return s;
    }
    meter.Count(piece.size());
  }
  return target != nullptr ? target->DataSync() : OkStatus();
}

Result<std::unique_ptr<File>> Create(FileSystem& fs, const std::string& path) {
  if (path.empty()) return std::unique_ptr<File>();
  return fs.Open(path, OpenMode::kCreateNew);
}

}  // namespace

Result<BackupFile> ReadPieces(FileSystem& fs, File& source, std::string name, uint64_t bytes,
                              const std::string& copy_to, BackupMeter& meter) {
  const Result<std::unique_ptr<File>> target = Create(fs, copy_to);
  if (!target.ok()) return target.error();
  BackupFile file{std::move(name), bytes, {}};
  const Status s = ForEachPiece(source, bytes, target->get(), meter,
                                [&](uint64_t offset, std::string_view piece) {
                                  file.checksums.push_back(PieceChecksum(piece, offset));
                                  return OkStatus();
                                });
  if (!s.ok()) return s.error();
  return file;
}

Status CheckFile(FileSystem& from, const std::string& directory, const BackupFile& file,
                 FileSystem& to, const std::string& copy_to, BackupMeter& meter) {
  const std::string path = directory + "/" + file.name;
  const Result<std::unique_ptr<File>> source = from.Open(path, OpenMode::kRead);
  if (!source.ok()) {
    if (source.error().code() != Code::kNotFound) return source.error();
    return Error(Code::kDamaged, path + ": is missing, though BACKUP lists it");
  }
  const Result<uint64_t> size = (*source)->Size();
  if (!size.ok()) return size.error();
  if (*size > file.bytes && !file.name.ends_with(".log")) {
    return Error(Code::kDamaged, path + " at offset " + std::to_string(file.bytes) +
                                     ": goes on here, but should have " +
                                     std::to_string(file.bytes) + " bytes");
  }
  const Result<std::unique_ptr<File>> target = Create(to, copy_to);
  if (!target.ok()) return target.error();
  size_t number = 0;
  return ForEachPiece(
      **source, file.bytes, target->get(), meter, [&](uint64_t offset, std::string_view piece) {
        if (PieceChecksum(piece, offset) == file.checksums[number++]) return OkStatus();
        return Status(Error(Code::kDamaged, path + " at offset " + std::to_string(offset) +
                                                ": is not what was backed up, somewhere in the " +
                                                std::to_string(piece.size()) + " bytes from here"));
      });
}

}  // namespace oncelog::store
