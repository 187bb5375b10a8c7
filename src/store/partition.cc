#include "store/partition.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace oncelog::store {
namespace {

constexpr uint64_t kIndexBytesPerEvent = 28;  // of a run, its filter and fences
constexpr uint64_t kCheckpointBytesPerTopic = 320;
constexpr uint64_t kLeastReserveBytes = uint64_t{1} << 20;

}  // namespace

Result<std::unique_ptr<Partition>> Partition::Open(FileSystem& fs, const std::string& directory,
                                                   const StoreIdentity& identity,
                                                   const PartitionOptions& options) {
  std::unique_ptr<Partition> partition(new Partition(fs, directory, identity, options));
  if (Status s = partition->Start(); !s.ok()) return s.error();
  return partition;
}

Partition::Partition(FileSystem& fs, std::string directory, const StoreIdentity& identity,
                     const PartitionOptions& options)
    : fs_(fs),
      directory_(std::move(directory)),
      store_seed_(identity.checksum_seed()),
      key_({identity.secret.data(), identity.secret.size()}),
      options_(options),
      state_(store_seed_) {}

Partition::~Partition() {
  if (maintenance_ != nullptr) maintenance_->Stop();
}

Status Partition::Start() {
  Result<Manifest> manifest = LoadManifest();
  if (!manifest.ok()) return manifest.error();
  IndexOptions index_options = options_.index;
  index_options.checksum_seed = store_seed_;
  Result<std::unique_ptr<DedupIndex>> index =
      DedupIndex::Open(fs_, directory_ + "/idx", manifest->runs, index_options);
  if (!index.ok()) return index.error();
  index_ = index.Take();
  manifest_ = std::make_unique<ManifestKeeper>(fs_, directory_, store_seed_, *manifest);
  allocator_ = std::make_unique<LogAllocator>(
      fs_, directory_, *manifest_,
      LogAllocatorOptions{options_.log_file_bytes_min, options_.log_file_bytes_max,
                          [this] { return ReserveBytes(); }});
  flusher_ = std::make_unique<Flusher>(fs_, directory_, store_seed_, *index_, *manifest_);

  Recovery recovery({fs_, directory_, store_seed_, key_, index_options.table_entries_max,
                     *manifest_, *allocator_, state_, topics_, *index_, *flusher_});
  Result<Recovered> recovered = recovery.Run();
  if (!recovered.ok()) return recovered.error();
  recovered_ = recovered.Take();

  writer_ = std::make_unique<LogWriter>(*allocator_, recovered_.active, recovered_.next,
                                        recovered_.last_received_at, store_seed_);
  reader_ = std::make_unique<PartitionReader>(state_, *index_, key_, store_seed_);
  maintenance_ = std::make_unique<Maintenance>(
      fs_, directory_, store_seed_, state_, *index_, *manifest_, *allocator_, *flusher_,
      MaintenanceOptions{options_.merge_bytes_per_second, options_.alarm, options_.flushed});
  const DurableState::Pinned pinned = state_.Pin();
  published_file_ = pinned.files->empty() ? 0 : pinned.files->back()->id;
  maintenance_->Start();
  if (recovered_.pending_flush) {
    maintenance_->Flush(*std::exchange(recovered_.pending_flush, std::nullopt));
  }
  return OkStatus();
}

Result<Manifest> Partition::LoadManifest() {
  for (const char* folder : {"/log", "/idx", "/state"}) {
    if (Status s = fs_.CreateDirectories(directory_ + folder); !s.ok()) return s.error();
  }
  if (Status s = fs_.SyncDirectory(directory_); !s.ok()) return s.error();
  Result<std::string> bytes = ReadWholeFile(fs_, ManifestPath(directory_));
  if (bytes.ok()) return DecodeManifest(*bytes, store_seed_, ManifestPath(directory_));
  if (bytes.error().code() != Code::kNotFound) return bytes.error();
  Result<std::vector<std::string>> logs = fs_.List(directory_ + "/log");
  if (!logs.ok()) return logs.error();
  if (!logs->empty()) {
    return Error(Code::kDamaged, ManifestPath(directory_) +
                                     ": is missing though there are log files; restore it from a "
                                     "backup (nothing was changed)");
  }
  const Manifest fresh;
  Status s = ReplaceFile(fs_, ManifestPath(directory_), EncodeManifest(fresh, store_seed_));
  if (!s.ok()) return s.error();
  return fresh;
}

uint64_t Partition::ReserveBytes() const {
  const IndexFigures figures = index_->figures();
  return kLeastReserveBytes + figures.table_entries * kIndexBytesPerEvent * 2 +
         state_.Totals().topics * kCheckpointBytesPerTopic;
}

bool Partition::IndexHasRoom(size_t entries) const {
  return index_->active_entries() + entries <=
         options_.index.table_entries_max + DedupIndex::kGroupEntriesMax;
}

std::optional<FreezePoint> Partition::FreezeIfDue(const LogPoint& end, uint64_t frame_bytes) {
  bytes_since_freeze_ += frame_bytes;
  const bool due = index_->active_entries() >= options_.index.table_entries_max ||
                   bytes_since_freeze_ >= options_.log_bytes_past_cover_max;
  if (!due || index_->active_entries() == 0 || index_->has_frozen()) return std::nullopt;
  index_->Freeze();
  bytes_since_freeze_ = 0;
  return FreezePoint{end, topics_.conflict_bytes_kept()};
}

Status Partition::Write(const Placement& place, const FrameBuilder& frame) {
  if (Status s = place.file->file->WriteAt(place.offset, frame.bytes()); !s.ok()) return s;
  return place.file->file->DataSync();
}

void Partition::Publish(const FrameBuilder& frame, const Placement& place,
                        const std::optional<FreezePoint>& freeze) {
  if (place.file->id != published_file_) {
    state_.AddFile(place.file, frame.header().first_position);
    published_file_ = place.file->id;
    maintenance_->CloseFiles();
  }
  const Status s = state_.Apply(frame.header(), frame.records_bytes(), place.file, place.offset);
  Check(s.ok(), "what the committer wrote can be folded");
  if (freeze)
    maintenance_->Flush({freeze->cover, state_.CopyTopics(), freeze->conflict_bytes_kept});
  // The next file is made while this one fills, so that a rollover costs nothing.
  if (place.end.offset * 4 >= place.file->capacity_bytes && !allocator_->has_spare()) {
    maintenance_->WantSpare();
  }
}

PartitionFigures Partition::figures() const {
  PartitionFigures figures;
  const Manifest manifest = manifest_->Current();
  for (const LogFileInfo& log : manifest.logs) {
    figures.log_bytes += log.closed ? log.end_offset : log.capacity_bytes;
  }
  figures.log_files = manifest.logs.size();
  figures.log_past_cover_records = state_.Pin().end.value - manifest.cover.position.value;
  figures.index = index_->figures();
  return figures;
}

Status Partition::Close(bool clean) {
  maintenance_->Stop();
  if (!clean) return OkStatus();
  return manifest_->Edit([&](Manifest& m) {
    m.known_durable = writer_->next();
    m.clean_stop = true;
  });
}

}  // namespace oncelog::store
