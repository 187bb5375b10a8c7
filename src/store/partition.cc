#include "store/partition.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/new_partition.h"

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
  if (Status s = partition->Start(); !s.ok()) return partition->Refusal(s.error());
  return partition;
}

// Says whether it changed anything: a long replay moves the index on before it meets the damage.
// A start that is only rehearsed changes nothing that anyone sees.
Error Partition::Refusal(const Error& error) const {
  std::string said = error.message();
  if (error.code() != Code::kDamaged && error.code() != Code::kTooNew) return error;
  if (error.code() == Code::kTooNew) said += "; start it with that version or a later one";
  if (!options_.background) return {error.code(), said};
  const bool flushed = manifest_ != nullptr && manifest_->Current().checkpoint_id != checkpoint_;
  said += flushed ? " (what was read before that is in the index now; no event was changed)"
                  : " (nothing was changed)";
  return {error.code(), said};
}

Partition::Partition(FileSystem& fs, std::string directory, const StoreIdentity& identity,
                     const PartitionOptions& options)
    : fs_(fs),
      directory_(std::move(directory)),
      store_seed_(identity.checksum_seed()),
      key_({identity.secret.data(), identity.secret.size()}),
      options_(options),
      cache_(options.block_cache_bytes),
      state_(store_seed_, key_) {}

Partition::~Partition() {
  if (maintenance_ != nullptr) maintenance_->Stop();
  if (sealing_ != nullptr) sealing_->Stop();
}

Status Partition::Start() {
  Result<Manifest> manifest = LoadManifest();
  if (!manifest.ok()) return manifest.error();
  checkpoint_ = manifest->checkpoint_id;
  IndexOptions index_options = options_.index;
  index_options.checksum_seed = store_seed_;
  Result<std::unique_ptr<DedupIndex>> index =
      DedupIndex::Open(fs_, IndexDirectory(directory_), manifest->runs, index_options);
  if (!index.ok()) return OfDerivedFile(index.error(), directory_);
  index_ = index.Take();
  manifest_ = std::make_unique<ManifestKeeper>(fs_, directory_, store_seed_, *manifest);
  allocator_ = std::make_unique<LogAllocator>(
      fs_, directory_, *manifest_,
      LogAllocatorOptions{options_.log_file_bytes_min, options_.log_file_bytes_max,
                          [this] { return ReserveBytes(); }});
  flusher_ = std::make_unique<Flusher>(fs_, directory_, store_seed_, *index_, *manifest_);

  Recovery recovery({fs_, directory_, store_seed_, key_, index_options.table_entries_max,
                     *manifest_, *allocator_, state_, topics_, *index_, *flusher_, cache_});
  Result<Recovered> recovered = recovery.Run();
  if (!recovered.ok()) return recovered.error();
  recovered_ = recovered.Take();
  bytes_since_freeze_ = recovered_.bytes_since_freeze;

  // Moved: who keeps a log file keeps it on the disk after it is sealed.
  writer_ = std::make_unique<LogWriter>(*allocator_, std::move(recovered_.active), recovered_.next,
                                        recovered_.last_received_at, store_seed_);
  reader_ = std::make_unique<PartitionReader>(state_, *index_, key_, store_seed_);
  sealing_ = std::make_unique<Sealing>(
      fs_, directory_, store_seed_, state_, *manifest_, cache_, options_.sealing,
      [this] { return ReserveBytes(); }, options_.alarm);
  const auto flushed = [this] {
    sealing_->Wake();
    options_.flushed();
  };
  maintenance_ = std::make_unique<Maintenance>(
      fs_, directory_, store_seed_, state_, *index_, *manifest_, *allocator_, *flusher_,
      MaintenanceOptions{options_.merge_bytes_per_second, options_.alarm, flushed,
                         [this] { sealing_->Wake(); }});
  const DurableState::Pinned pinned = state_.Pin();
  published_file_ = pinned.files->logs.empty() ? 0 : pinned.files->logs.back()->id;
  if (options_.background) {
    maintenance_->Start();
    sealing_->Start();
  }
  if (recovered_.pending_flush) {
    maintenance_->Flush(*std::exchange(recovered_.pending_flush, std::nullopt));
  }
  return OkStatus();
}

Result<Manifest> Partition::LoadManifest() {
  const std::string path = ManifestPath(directory_);
  Result<std::string> bytes = ReadWholeFile(fs_, path);
  if (!bytes.ok()) {
    if (bytes.error().code() != Code::kNotFound) return bytes.error();
    return Error(Code::kDamaged, path + ": is missing; put it back from a backup");
  }
  Result<Manifest> manifest = DecodeManifest(*bytes, store_seed_, path);
  if (!manifest.ok()) return manifest;
  if (Status s = EnsureFolders(fs_, directory_, *manifest); !s.ok()) return s.error();
  return manifest;
}

uint64_t Partition::ReserveBytes() const {
  const IndexFigures figures = index_->figures();
  return kLeastReserveBytes + figures.table_entries * kIndexBytesPerEvent * 2 +
         state_.Totals().topics * kCheckpointBytesPerTopic;
}

bool Partition::IndexHasRoom(size_t entries) const {
  return index_->active_entries() + entries <=
         options_.index.table_entries_max + options_.index.group_entries_max;
}

std::optional<FreezePoint> Partition::FreezeIfDue(const LogPoint& end, uint64_t frame_bytes) {
  bytes_since_freeze_ += frame_bytes;
  const bool asked = left_log_ && *left_log_ != end.file_id;
  const bool due = index_->active_entries() >= options_.index.table_entries_max ||
                   bytes_since_freeze_ >= options_.log_bytes_past_cover_max;
  if ((!due && !asked) || index_->has_frozen()) return std::nullopt;
  left_log_.reset();
  index_->Freeze();
  bytes_since_freeze_ = 0;
  return FreezePoint{end, topics_.conflict_bytes_kept()};
}

bool Partition::LeaveLog(uint64_t log_id) {
  if (writer_->next().file_id == log_id) {
    if (!allocator_->has_spare()) {  // making one here would hold up commits; it is asked again
      maintenance_->WantSpare();
      return false;
    }
    writer_->LeaveFile();
  }
  left_log_ = log_id;
  return true;
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
  if (freeze) {
    maintenance_->Flush({freeze->cover,
                         {freeze->cover.position, state_.ShareTopics(), freeze->conflict_bytes_kept,
                          state_.CopyRetention()}});
  }
  // The next file is made while this one fills, so that a rollover costs nothing.
  if (place.end.offset * 4 >= place.file->capacity_bytes && !allocator_->has_spare()) {
    maintenance_->WantSpare();
  }
}

PartitionFigures Partition::figures() const {
  PartitionFigures figures;
  // In this order, as the cover is never beyond an end that is seen after it.
  const Manifest manifest = manifest_->Current();
  const DurableState::Pinned pinned = state_.Pin();
  const StoreTotals totals = state_.Totals();
  for (const LogFileInfo& log : manifest.logs) {
    figures.log_bytes += log.closed ? log.end_offset : log.capacity_bytes;
  }
  for (const SegmentInfo& segment : manifest.segments) {
    figures.segment_bytes += segment.bytes;
    figures.segment_events += segment.events;
  }
  figures.seal_backlog_bytes = sealing_->backlog_bytes();
  uint64_t stubs = 0;
  for (const auto& segment : pinned.files->segments) stubs += segment->header().stubs;
  figures.gone_events_on_disk = totals.gone - std::min(totals.gone, stubs);
  figures.segments = manifest.segments.size();
  figures.sealing = sealing_->figures();
  figures.cache = cache_.figures();
  figures.log_files = manifest.logs.size();
  figures.log_past_cover_records = pinned.end.value - manifest.cover.position.value;
  // Each event before the cover is in one run.
  figures.log_past_cover_events = totals.events;
  for (const RunInfo& run : manifest.runs) figures.log_past_cover_events -= run.entries;
  figures.index = index_->figures();
  return figures;
}

Status Partition::Close(bool clean) {
  maintenance_->Stop();
  sealing_->Stop();
  if (!clean) return OkStatus();
  return manifest_->Edit([&](Manifest& m) {
    m.known_durable = writer_->next();
    m.clean_stop = true;
  });
}

}  // namespace oncelog::store
