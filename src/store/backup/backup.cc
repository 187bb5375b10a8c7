#include "store/backup/backup.h"

#include <utility>

#include "store/backup/log_tail.h"
#include "store/backup/new_directory.h"
#include "store/backup/pinned_files.h"
#include "store/backup/usable.h"
#include "store/store_identity.h"
#include "store/verify/rehearsal.h"

namespace oncelog::store {
namespace {

class Backup {
 public:
  Backup(FileSystem& fs, std::string data, NewDirectory& target, const StoreIdentity& identity,
         const BackupOptions& options, const BackupProgress& progress)
      : fs_(fs),
        data_(std::move(data)),
        target_(target),
        identity_(identity),
        options_(options),
        progress_(progress),
        pinned_(fs, data_, target, identity.checksum_seed(), options.link) {}

  Result<BackupReport> Run() {
    list().taken_at = options_.now;
    list().version = options_.version;
    list().store_id_hex = identity_.store_id_hex();
    list().epoch = identity_.epoch;
    Status s = pinned_.Pin();
    if (s.ok()) s = FindEnd();
    if (s.ok()) s = FindSizes();
    if (s.ok()) s = CheckSpace();
    if (s.ok()) s = TakeFiles();
    if (s.ok()) s = WriteSmall("p0000/MANIFEST", EncodedManifest());
    if (s.ok()) s = target_.Sync();
    if (s.ok()) s = RehearseStart();
    const std::string store = EncodeIdentity(identity_);
    if (s.ok()) s = WriteSmall("STORE.bak", store);
    if (s.ok()) s = WriteSmall("STORE", store);
    if (s.ok()) s = ReplaceFile(fs_, target_.Add("BACKUP"), EncodeBackupList(list()));
    if (s.ok()) s = target_.Finish();
    if (!s.ok()) return s.error();
    return std::move(report_);
  }

 private:
  BackupList& list() { return report_.list; }
  [[nodiscard]] std::string Source(const std::string& name) const { return data_ + "/" + name; }

  Status FindEnd() {
    const std::string directory = PartitionDirectory(data_);
    const Manifest& manifest = pinned_.manifest();
    LogFilesById logs;
    for (const LogFileInfo& log : manifest.logs) {
      if (log.closed && log.end_position < manifest.cover.position) continue;
      const Result<File*> file = pinned_.Open(pinned_.NameOf(LogPath(directory, log.id)));
      if (!file.ok()) return file.error();
      logs[log.id] = *file;
    }
    Result<LogTail> tail = ReadLogTail(manifest, logs, identity_.checksum_seed(), directory);
    if (!tail.ok()) return tail.error();
    tail_ = tail.Take();
    list().position = tail_.end.position;
    for (const LogFileInfo& log : manifest.logs) {
      if (!log.closed) Pinned(log.id).bytes = 0;  // nothing of the log is in it, unless:
    }
    for (const LogFileInfo& log : tail_.logs) Pinned(log.id).bytes = log.end_offset;
    return OkStatus();
  }

  PinnedFile& Pinned(uint64_t log_id) {
    return pinned_.files().at(pinned_.NameOf(LogPath(PartitionDirectory(data_), log_id)));
  }

  Status FindSizes() {
    for (auto& [name, pinned] : pinned_.files()) {
      if (pinned.log) continue;
      const Result<File*> file = pinned_.Open(name);
      if (!file.ok()) return file.error();
      const Result<uint64_t> size = (*file)->Size();
      if (!size.ok()) return size.error();
      if (pinned.bytes && *pinned.bytes != *size) {
        return Error(Code::kDamaged, Source(name) + ": has " + std::to_string(*size) +
                                         " bytes, but MANIFEST says " +
                                         std::to_string(*pinned.bytes));
      }
      pinned.bytes = *size;
      if (pinned.linked) pinned.file.reset();
    }
    return OkStatus();
  }

  // Before anything is written: a disk that runs full may be the server's, too.
  Status CheckSpace() {
    uint64_t needed = 0;
    for (const auto& [name, pinned] : pinned_.files()) {
      all_bytes_ += *pinned.bytes;
      if (!pinned.linked) needed += *pinned.bytes;
    }
    const Result<uint64_t> free = fs_.FreeBytes(target_.path());
    if (!free.ok()) return free.error();
    if (*free >= needed) return OkStatus();
    return Error(Code::kDiskFull, target_.path() + ": no space for " + std::to_string(needed) +
                                      " bytes to copy: " + std::to_string(*free) + " are free");
  }

  Status TakeFiles() {
    BackupMeter meter(progress_, all_bytes_);
    for (auto& [name, pinned] : pinned_.files()) {
      if (pinned.log && *pinned.bytes == 0 && !pinned.linked) continue;
      const Result<File*> source = pinned_.Open(name);
      if (!source.ok()) return source.error();
      const std::string copy_to = pinned.linked ? "" : target_.Add(name);
      Result<BackupFile> taken = ReadPieces(fs_, **source, name, *pinned.bytes, copy_to, meter);
      if (!taken.ok()) return taken.error();
      report_.linked_files += pinned.linked ? 1 : 0;
      report_.linked_bytes += pinned.linked ? *pinned.bytes : 0;
      list().files.push_back(taken.Take());
      pinned.file.reset();
    }
    return OkStatus();
  }

  [[nodiscard]] std::string EncodedManifest() const {
    Manifest manifest = pinned_.manifest();
    manifest.logs = tail_.logs;
    manifest.known_durable = tail_.end;
    manifest.clean_stop = true;
    manifest.sealed_logs.clear();  // what is left of them is not copied
    return EncodeManifest(manifest, identity_.checksum_seed());
  }

  Status WriteSmall(const std::string& name, const std::string& bytes) {
    BackupFile file{name, bytes.size(), {}};
    for (uint64_t at = 0; at < bytes.size(); at += kBackupPieceBytes) {
      const std::string_view piece = std::string_view(bytes).substr(at, kBackupPieceBytes);
      file.checksums.push_back(PieceChecksum(piece, at));
    }
    list().files.push_back(std::move(file));
    return ReplaceFile(fs_, target_.Add(name), bytes);
  }

  // What could not be started is no backup. Nothing is written: STORE is there in memory only.
  Status RehearseStart() {
    const Result<Rehearsal> start = Rehearse(fs_, target_.path(), [&](FileSystem& in_memory) {
      return ReplaceFile(in_memory, target_.path() + "/STORE", EncodeIdentity(identity_));
    });
    if (!start.ok()) return start.error().Annotate("a start from what was copied is refused");
    list().events = start->partition->totals().events;
    list().topics = start->partition->totals().topics;
    return OkStatus();
  }

  FileSystem& fs_;
  const std::string data_;
  NewDirectory& target_;
  const StoreIdentity& identity_;
  const BackupOptions& options_;
  const BackupProgress& progress_;
  PinnedFiles pinned_;
  LogTail tail_;
  uint64_t all_bytes_ = 0;
  BackupReport report_;
};

}  // namespace

Result<BackupReport> TakeBackup(FileSystem& fs, const std::string& data_directory,
                                const std::string& target_directory, const BackupOptions& options,
                                const BackupProgress& progress) {
  const std::string data = WithoutSlash(data_directory);
  if (Status s = CheckIsStore(fs, data); !s.ok()) return s.error();
  const Result<StoreIdentity> identity = ReadIdentity(fs, data);
  if (!identity.ok()) return identity.error();
  NewDirectory target(fs, WithoutSlash(target_directory));
  if (Status s = target.Create(); !s.ok()) return s.error();
  Result<BackupReport> report = Backup(fs, data, target, *identity, options, progress).Run();
  if (!report.ok()) target.Discard();
  return report;
}

}  // namespace oncelog::store
