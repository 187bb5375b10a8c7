#include "store/verify/verifier.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "store/backup/backup_list.h"
#include "store/index/run_file.h"
#include "store/store_identity.h"
#include "store/verify/index_check.h"
#include "store/verify/log_check.h"
#include "store/verify/rehearsal.h"

namespace oncelog::store {
namespace {

class Verifier {
 public:
  Verifier(FileSystem& fs, std::string data, const VerifyProgress& progress)
      : fs_(fs),
        data_(std::move(data)),
        directory_(PartitionDirectory(data_)),
        progress_(progress) {}

  Result<VerifyReport> Run() {
    const std::optional<StoreIdentity> identity = CheckIdentity();
    const bool readable = identity && ReadManifest(identity->checksum_seed());
    // A newer format is no damage; we cannot tell what is right in it.
    if (too_new_) return *too_new_;
    if (readable) CheckPartition(*identity);
    RehearseStart();
    return std::move(report_);
  }

 private:
  void Damage(Finding finding) { report_.findings.Damage(std::move(finding)); }

  void Progress(uint64_t bytes) {
    done_ += bytes;
    if (progress_) progress_(std::min(done_, all_), all_);
  }

  // Both copies; one good one is enough to go on.
  std::optional<StoreIdentity> CheckIdentity() {
    std::optional<StoreIdentity> identity;
    for (const char* name : {"/STORE", "/STORE.bak"}) {
      const std::string path = data_ + name;
      const Result<std::string> bytes = ReadWholeFile(fs_, path);
      const Result<StoreIdentity> copy =
          bytes.ok() ? DecodeIdentity(*bytes, path) : Result<StoreIdentity>(bytes.error());
      ++report_.files;
      if (!copy.ok()) {
        if (copy.error().code() == Code::kTooNew) too_new_ = copy.error();
        Damage(FindingOf(copy.error(), path));
        continue;
      }
      report_.bytes += bytes->size();
      if (identity && EncodeIdentity(*identity) != *bytes) {
        Damage({.file = path, .what = "is of another store than STORE"});
        return std::nullopt;
      }
      identity = *copy;
    }
    return identity;
  }

  bool ReadManifest(uint64_t seed) {
    const std::string path = ManifestPath(directory_);
    const Result<std::string> bytes = ReadWholeFile(fs_, path);
    const Result<Manifest> manifest =
        bytes.ok() ? DecodeManifest(*bytes, seed, path) : Result<Manifest>(bytes.error());
    ++report_.files;
    if (!manifest.ok()) {
      if (manifest.error().code() == Code::kTooNew) too_new_ = manifest.error();
      Damage(FindingOf(manifest.error(), path));
      return false;
    }
    report_.bytes += bytes->size();
    manifest_ = *manifest;
    report_.clean_stop = manifest_.clean_stop;
    for (const LogFileInfo& log : manifest_.logs) {
      all_ += log.closed ? log.end_offset : log.capacity_bytes;
    }
    for (const SegmentInfo& segment : manifest_.segments) all_ += segment.bytes;
    for (const RunInfo& run : manifest_.runs) all_ += run.bytes;
    return true;
  }

  void CheckPartition(const StoreIdentity& identity) {
    const uint64_t seed = identity.checksum_seed();
    const HashKey key({identity.secret.data(), identity.secret.size()});
    const std::optional<Checkpoint> checkpoint = CheckCheckpoint(seed);
    const StoreParts parts{fs_, directory_, seed, manifest_};
    LogCheck log({parts, key, checkpoint ? &*checkpoint : nullptr}, &report_.findings,
                 [this](uint64_t bytes) { Progress(bytes); });
    log.Run();
    IndexCheck index({fs_, directory_, seed, key}, &report_.findings,
                     [this](uint64_t bytes) { Progress(bytes); });
    report_.tail_events = log.tail().size();
    index.Read(manifest_.runs, log.tally(), std::move(log.tail()));
    if (index.differs()) {
      ReadSegmentsAgain(parts, nullptr, [&](const EventRow& row) {
        index.Event(row.entry, log.recount().NameOf(row.topic));
      });
      ReadLogAgain(parts, [&](const event::RecordView& record, Position frame) {
        if (record.kind != event::RecordKind::kEvent || frame >= manifest_.cover.position) return;
        index.Event(record.entry, log.recount().NameOf(record.topic));
      });
      index.Tell(log.whole());
    }
    report_.files += log.files() + index.files();
    report_.bytes += log.bytes() + index.bytes();
    report_.frames = log.frames();
    report_.segments = manifest_.segments.size();
    report_.events = log.recount().totals().events;
    report_.duplicates = log.recount().totals().duplicates;
    report_.conflicts = log.recount().totals().conflicts;
    report_.topics = log.recount().topics();
    report_.index_entries = index.entries();
  }

  std::optional<Checkpoint> CheckCheckpoint(uint64_t seed) {
    if (manifest_.checkpoint_id == 0) return std::nullopt;
    const std::string path = CheckpointPath(directory_, manifest_.checkpoint_id);
    ++report_.files;
    const Result<std::string> bytes = ReadWholeFile(fs_, path);
    Result<Checkpoint> checkpoint =
        bytes.ok() ? DecodeCheckpoint(*bytes, seed, path) : Result<Checkpoint>(bytes.error());
    if (!checkpoint.ok()) {
      Damage(FindingOf(OfDerivedFile(checkpoint.error(), directory_), path));
      return std::nullopt;
    }
    report_.bytes += bytes->size();
    return checkpoint.Take();
  }

  // The last word is a start's: it knows how the log may end, and which files belong together.
  void RehearseStart() {
    Result<Rehearsal> start = Rehearse(fs_, data_);
    if (!start.ok()) {
      Damage({.file = data_, .what = "a start is refused: " + start.error().message()});
      return;
    }
    const Recovered& recovered = start->partition->recovered();
    if (!recovered.clean_stop) {
      report_.findings.Note("not stopped cleanly: the next start reads " +
                            std::to_string(recovered.replayed_events) +
                            " events behind the index again, which is what it is for");
    }
    if (!recovered.torn_file.empty()) {
      report_.findings.Note("the last " + std::to_string(recovered.torn_bytes) +
                            " bytes of the log were torn by a crash before they were answered: "
                            "the next start cuts them and keeps them in " +
                            recovered.torn_file);
    }
    NoteStrangers(*start->fs);
  }

  void NoteStrangers(OverlayFileSystem& after_start) {
    std::set<std::string> known = {data_ + "/LOCK", data_ + "/STORE", data_ + "/STORE.bak",
                                   ManifestPath(directory_), BackupListPath(data_)};
    std::vector<std::string> folders = FoldersOf(directory_);
    folders.insert(folders.begin(), {data_, directory_});
    known.insert(folders.begin(), folders.end());
    for (const LogFileInfo& log : manifest_.logs) {
      known.insert(LogPath(directory_, log.id));
      known.insert(TopicIndexPath(directory_, log.id));
    }
    for (const SegmentInfo& segment : manifest_.segments) {
      known.insert(SegmentPath(SegmentDirectory(directory_), segment.id));
    }
    for (const RunInfo& run : manifest_.runs)
      known.insert(RunPath(IndexDirectory(directory_), run.id));
    known.insert(CheckpointPath(directory_, manifest_.checkpoint_id));
    for (const std::string& folder : folders) {
      const Result<std::vector<std::string>> names = fs_.List(folder);
      if (!names.ok()) continue;
      for (const std::string& name : *names) {
        const std::string path = folder + "/" + name;
        if (known.count(path) > 0) continue;
        const Result<bool> stays = after_start.Exists(path);
        report_.findings.Note(
            path + (stays.ok() && !*stays     ? ": left by a crash; the next start removes it"
                    : name.ends_with(".torn") ? ": what a crash tore off the log; never read"
                                              : ": is no file of the store; never read"));
      }
    }
  }

  FileSystem& fs_;
  const std::string data_;
  const std::string directory_;
  const VerifyProgress& progress_;
  VerifyReport report_;
  Manifest manifest_;
  std::optional<Error> too_new_;
  uint64_t done_ = 0;
  uint64_t all_ = 0;
};

}  // namespace

Result<VerifyReport> VerifyStore(FileSystem& fs, const std::string& data_directory,
                                 const VerifyProgress& progress) {
  const Result<std::unique_ptr<FileLock>> lock = LockStore(fs, data_directory);
  if (!lock.ok()) return lock.error();
  return Verifier((*lock)->files(), data_directory, progress).Run();
}

Result<VerifyReport> VerifyFiles(FileSystem& fs, const std::string& data_directory,
                                 const VerifyProgress& progress) {
  return Verifier(fs, data_directory, progress).Run();
}

}  // namespace oncelog::store
