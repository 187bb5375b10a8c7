#include "store/rebuild/rebuild.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "store/index/entry_order.h"
#include "store/index/run_writer.h"
#include "store/log/topic_index_file.h"
#include "store/segment/segment_check.h"
#include "store/state/checkpoint.h"
#include "store/store_identity.h"
#include "store/verify/log_order.h"
#include "store/verify/log_walk.h"
#include "store/verify/recount.h"
#include "store/verify/rehearsal.h"
#include "store/verify/stubs.h"

namespace oncelog::store {
namespace {

using event::RecordKind;
using event::RecordView;

class Rebuild : private LogVisitor {
 public:
  Rebuild(FileSystem& fs, std::string data, uint64_t seed, const Manifest& manifest,
          const RebuildOptions& options, const RebuildProgress& progress)
      : fs_(fs),
        data_(std::move(data)),
        directory_(PartitionDirectory(data_)),
        seed_(seed),
        old_(manifest),
        keeper_(fs, directory_, seed, manifest),
        options_(options),
        progress_(progress) {}

  Result<RebuildReport> Run() {
    Status s = ReadSegments();
    if (s.ok()) s = ReadLog();
    if (s.ok()) s = CheckNames();
    if (s.ok()) s = CountStubs();
    if (s.ok() && old_.cover.position.value > 0) s = WriteDerived();
    if (s.ok()) s = CheckStart();
    if (!s.ok()) {
      for (const std::string& path : written_) (void)fs_.Remove(path);
      return s.error();
    }
    if (s = Install(); !s.ok()) return s.error();
    RemoveOld();
    report_.topics = recount_.topics();
    report_.runs = runs_.size();
    return report_;
  }

 private:
  // All of them lie before the cover.
  Status ReadSegments() {
    files_ = LogFilesInOrder(fs_, directory_, old_, seed_);
    for (const SegmentInfo& info : old_.segments) all_bytes_ += info.bytes;
    for (const LogFileInfo& info : files_) all_bytes_ += EndOf(info);
    for (segment_ = 0; segment_ < old_.segments.size(); ++segment_) {
      const SegmentInfo& info = old_.segments[segment_];
      path_ = SegmentPath(SegmentDirectory(directory_), info.id);
      const auto segment = Segment::Open(fs_, SegmentDirectory(directory_), info, seed_, cache_);
      if (!segment.ok()) return Truth(OfListedFile(segment.error()));
      const SegmentHeader& header = (*segment)->header();
      if (header.first_position != chain_.position || header.first_link != chain_.link) {
        return Damage({0, 0, "does not follow what comes before it"});
      }
      if (Status s = ReadOne(**segment); !s.ok()) return s;
      chain_ = {header.end_position, header.end_link, false};
      done_bytes_ += info.bytes;
    }
    return OkStatus();
  }

  Status ReadOne(const Segment& segment) {
    uint64_t events = 0;
    const auto event = [&](const SegmentEvent& e, const event::IndexEntry& identity) {
      const double part = static_cast<double>(events++) / segment.header().events;
      if (progress_ && events % 4096 == 0) {
        const auto bytes = static_cast<double>(segment.header().file_bytes());
        progress_(done_bytes_ + static_cast<uint64_t>(part * bytes), all_bytes_);
      }
      RecordView record;
      record.kind = RecordKind::kEvent;
      record.topic = e.topic;
      record.entry = identity;
      record.json = e.json;
      if (e.json.empty()) stubs_.Add(e.topic, e.sequence, segment_, 0);
      return Count(record, e.received_at, 0);
    };
    const auto record = [&](const SegmentRecord& r) { return Count(r.record, r.received_at, 0); };
    Status s = ReadSegment(segment, {record, event});
    return s.ok() || told_ ? s : Status(Truth(s.error()));
  }

  Status ReadLog() {
    for (const LogFileInfo& info : files_) {
      if (!info.closed && info.first_position >= old_.cover.position) continue;
      if (Status s = ReadFile(info); !s.ok()) return s;
    }
    if (chain_.position >= old_.cover.position) return OkStatus();
    return Error(Code::kDamaged,
                 path_ + ": the log ends at position " + std::to_string(chain_.position.value) +
                     ", but MANIFEST covers " + std::to_string(old_.cover.position.value) +
                     ", in " + LogPath(directory_, old_.cover.file_id) + " (nothing was changed)");
  }

  static uint64_t EndOf(const LogFileInfo& info) {
    return info.closed ? info.end_offset : info.capacity_bytes;
  }

  Status ReadFile(const LogFileInfo& info) {
    path_ = LogPath(directory_, info.id);
    Result<std::unique_ptr<File>> file = fs_.Open(path_, OpenMode::kRead);
    if (!file.ok()) return OfListedFile(file.error());
    topic_index_ = std::make_unique<MemoryTopicIndex>();
    if (Status s = WalkLog(**file, info, seed_, *this, &chain_); !s.ok()) return s;
    done_bytes_ += EndOf(info);
    return info.closed ? WriteTopicIndex(info.id) : OkStatus();
  }

  Status Frame(const FrameHeader& header, uint64_t offset) override {
    if (progress_) progress_(done_bytes_ + offset, all_bytes_);
    if (header.records > 0) {
      topic_index_->AddFrame({header.first_position, header.received_at,
                              static_cast<uint32_t>(offset), header.records});
    }
    return OkStatus();
  }

  Status Record(const RecordView& record, const FrameHeader& header, uint64_t offset) override {
    if (record.kind == RecordKind::kEvent) {
      const Result<TopicRange> there = topic_index_->Range(record.topic);
      const uint64_t next = there->first.value + there->count;
      if (there->count > 0 && record.entry.sequence().value != next) {
        return Damage({offset, offset, "sequences are missing before this record"});
      }
      topic_index_->Add(record.topic, record.entry.sequence(), static_cast<uint32_t>(offset));
    }
    if (header.first_position >= old_.cover.position) return OkStatus();
    if (record.kind == RecordKind::kEvent && record.json.empty()) {
      return Damage({offset, offset, "an event without content, which only a segment may hold"});
    }
    return Count(record, header.received_at, offset);
  }

  Status Count(const RecordView& record, UnixMs received_at, uint64_t offset) {
    const Result<SequenceRange> missing = recount_.Take(record, received_at);
    if (!missing.ok()) return Damage({offset, offset, missing.error().message()});
    if (!missing->empty()) {
      return Damage({offset, offset, "sequences are missing before this record"});
    }
    if (record.kind != RecordKind::kEvent) return OkStatus();
    ++report_.events;
    entries_.push_back(record.entry);
    return entries_.size() < options_.run_entries_max ? OkStatus() : WriteRun();
  }

  Status Damage(const LogDamage& damage) override {
    told_ = true;
    return Truth(Error(Code::kDamaged,
                       path_ + ", offset " + std::to_string(damage.offset) + ": " + damage.what));
  }

  static Error Truth(const Error& error) {
    if (error.code() != Code::kDamaged) return error;
    return {Code::kDamaged, error.message() +
                                ". The log is what all else is made from and cannot be made again; "
                                "`oncelog verify` names all that is damaged (nothing was changed)"};
  }

  [[nodiscard]] Status CheckNames() const {
    if (recount_.topics() == recount_.states().size()) return OkStatus();
    return Truth(Error(Code::kDamaged, directory_ + ": the log names " +
                                           std::to_string(recount_.topics()) + " of " +
                                           std::to_string(recount_.states().size()) + " topics"));
  }

  // What their topics hold in bytes, as if the stubs had been counted with what they had.
  Status CountStubs() {
    if (stubs_.empty()) return OkStatus();
    const StoreParts parts{fs_, directory_, seed_, old_};
    const GoneSoFar gone = GoneAtTheEnd(parts, recount_.gone());
    Status s = OkStatus();
    stubs_.ForEachNotGone(gone.retention, [&](const StubRun& run) {
      path_ = SegmentPath(SegmentDirectory(directory_), old_.segments[run.segment].id);
      s = Truth(Error(Code::kDamaged, path_ + ": topic " + recount_.NameOf(run.topic) +
                                          ", sequence " + std::to_string(run.first) +
                                          ": without content, though no record says why"));
    });
    if (!s.ok()) return s;
    for (const auto& [topic, bytes] : BytesOfStubs(parts, stubs_, gone)) {
      recount_.AddBytes(topic, bytes);
    }
    return OkStatus();
  }

  Status WriteTopicIndex(uint64_t id) {
    const std::string path = TopicIndexPath(directory_, id);
    const std::string bytes = EncodeTopicIndexFile(*topic_index_, id, seed_);
    const Result<std::string> there = ReadWholeFile(fs_, path);
    if (there.ok() && *there == bytes) return OkStatus();
    ++report_.topic_indexes;
    return ReplaceFile(fs_, path, bytes);
  }

  Status WriteRun() {
    std::sort(entries_.begin(), entries_.end(), EntryBefore);
    const Result<uint64_t> id = NewFileId();
    if (!id.ok()) return id.error();
    const RunTarget target{*id, entries_.size(), seed_};
    Result<std::unique_ptr<RunWriter>> writer =
        RunWriter::Create(fs_, IndexDirectory(directory_), target, nullptr);
    if (!writer.ok()) return writer.error();
    for (const event::IndexEntry& entry : entries_) {
      if (Status s = (*writer)->Add(entry); !s.ok()) return s;
    }
    const Result<RunInfo> run = (*writer)->Finish();
    if (!run.ok()) return run.error();
    written_.push_back(RunPath(IndexDirectory(directory_), target.id));
    runs_.insert(runs_.begin(), *run);
    entries_.clear();
    return OkStatus();
  }

  Status WriteDerived() {
    if (!entries_.empty()) {
      if (Status s = WriteRun(); !s.ok()) return s;
    }
    const Result<uint64_t> id = NewFileId();
    if (!id.ok()) return id.error();
    checkpoint_id_ = *id;
    const std::string path = CheckpointPath(directory_, checkpoint_id_);
    written_.push_back(path);
    return WriteCheckpoint(fs_, path,
                           {old_.cover.position, TopicStates::Of(recount_.states()),
                            recount_.conflict_bytes_kept(), recount_.retention()},
                           seed_);
  }

  // A number under which there is no file of either kind: if MANIFEST is an old copy, the files
  // that the latest one lists are not to be lost.
  Result<uint64_t> NewFileId() {
    for (;;) {
      const uint64_t id = keeper_.NewFileId();
      bool taken = false;
      for (const std::string& path :
           {RunPath(IndexDirectory(directory_), id), CheckpointPath(directory_, id)}) {
        const Result<bool> there = fs_.Exists(path);
        if (!there.ok()) return there.error();
        taken = taken || *there;
      }
      if (!taken) return id;
    }
  }

  void ListNewFiles(Manifest& m) const {
    m.runs = runs_;
    m.checkpoint_id = checkpoint_id_;
  }

  // What a start would refuse even then (damage behind the cover, an old copy of MANIFEST) is
  // refused before anything is put into use.
  Status CheckStart() {
    const auto install = [this](FileSystem& in_memory) {
      Manifest rebuilt = keeper_.Current();
      ListNewFiles(rebuilt);
      return ReplaceFile(in_memory, ManifestPath(directory_), EncodeManifest(rebuilt, seed_));
    };
    Result<Rehearsal> start = Rehearse(fs_, data_, install);
    if (!start.ok()) return start.error().Annotate("rebuilding would not be enough");
    report_.tail_events = start->partition->recovered().replayed_events;
    return OkStatus();
  }

  // From here on the new files count. After an error MANIFEST may be the old or the new one, so all
  // files stay; the next start removes those that it does not list.
  Status Install() {
    return keeper_.Edit([this](Manifest& m) { ListNewFiles(m); });
  }

  void RemoveOld() {
    for (const RunInfo& run : old_.runs)
      (void)fs_.Remove(RunPath(IndexDirectory(directory_), run.id));
    if (old_.checkpoint_id != 0) {
      (void)fs_.Remove(CheckpointPath(directory_, old_.checkpoint_id));
    }
  }

  FileSystem& fs_;
  const std::string data_;
  const std::string directory_;
  const uint64_t seed_;
  const Manifest old_;
  ManifestKeeper keeper_;
  const RebuildOptions& options_;
  const RebuildProgress& progress_;
  RebuildReport report_;
  BlockCache cache_{0};
  std::vector<LogFileInfo> files_;  // of the log
  LogChain chain_;
  Recount recount_;
  Stubs stubs_;
  size_t segment_ = 0;  // that is being read
  bool told_ = false;   // the error says already that the truth is damaged
  uint64_t all_bytes_ = 0;
  uint64_t done_bytes_ = 0;
  std::string path_;  // of the segment or log file being read
  std::unique_ptr<MemoryTopicIndex> topic_index_;
  std::vector<event::IndexEntry> entries_;  // not yet in a run
  std::vector<RunInfo> runs_;               // newest first
  uint64_t checkpoint_id_ = 0;
  std::vector<std::string> written_;
};

}  // namespace

Result<RebuildReport> RebuildStore(FileSystem& fs, const std::string& data_directory,
                                   const RebuildOptions& options, const RebuildProgress& progress) {
  const Result<std::unique_ptr<FileLock>> lock = LockStore(fs, data_directory);
  if (!lock.ok()) return lock.error();
  FileSystem& files = (*lock)->files();
  const Result<StoreIdentity> identity = LoadOrCreateIdentity(files, data_directory);
  if (!identity.ok()) return identity.error();
  const std::string directory = PartitionDirectory(data_directory);
  const std::string path = ManifestPath(directory);
  const Result<std::string> bytes = ReadWholeFile(files, path);
  if (!bytes.ok()) return OfListedFile(bytes.error());
  const Result<Manifest> manifest = DecodeManifest(*bytes, identity->checksum_seed(), path);
  if (!manifest.ok()) return manifest.error();
  for (size_t i = kFirstDerivedFolder; i < kPartitionFolders.size(); ++i) {
    const Status s = files.CreateDirectories(directory + "/" + kPartitionFolders[i]);
    if (!s.ok()) return s.error();
  }
  return Rebuild(files, data_directory, identity->checksum_seed(), *manifest, options, progress)
      .Run();
}

}  // namespace oncelog::store
