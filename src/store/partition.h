// Partition: the store of one ordered log, put together: recovery, the writer's state, the durable
// state for readers, maintenance, and sealing. What decides and drives commits is ingest's.
//
//   Result<std::unique_ptr<Partition>> p = Partition::Open(fs, "data/p0000", identity, options);
//   // committer: look up in topics() and index(), append records to a frame, then
//   Placement place = p->writer().Place(&frame, now, /*mark=*/false);
//   std::optional<FreezePoint> freeze = p->FreezeIfDue(place.end, bytes);
//   // syncer:
//   Status s = p->Write(place, frame);         // write + fdatasync; an error is final
//   p->Publish(frame, place, freeze);          // readers see it from here on
//
// Threads: writer(), topics(), Insert/Freeze of index() and FreezeIfDue by the committer; Write and
// Publish by the syncer; reader() and figures() by anyone. Close when both have ended.
// Ownership: owns everything inside; `fs` must outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "store/log/log_writer.h"
#include "store/maintenance.h"
#include "store/read/partition_reader.h"
#include "store/recovery.h"
#include "store/sealing.h"
#include "store/state/topic_directory.h"
#include "store/store_identity.h"

namespace oncelog::store {

struct PartitionOptions {
  uint64_t log_file_bytes_max = uint64_t{256} << 20;
  uint64_t log_file_bytes_min = uint64_t{16} << 20;
  uint64_t log_bytes_past_cover_max = uint64_t{384} << 20;  // so much freezes the table early
  IndexOptions index;
  uint64_t merge_bytes_per_second = uint64_t{256} << 20;
  SealingOptions sealing;
  size_t block_cache_bytes = size_t{64} << 20;  // of parts of segments, decoded
  bool background = true;  // false: nothing is flushed, merged or sealed; only to look at it
  std::function<void(const std::string&)> alarm = [](const std::string&) {};
  std::function<void()> flushed = [] {};
};

// The fold as it stood where the index table was frozen.
struct FreezePoint {
  LogPoint cover;
  uint64_t conflict_bytes_kept = 0;
};

struct PartitionFigures {
  uint64_t log_bytes = 0;  // allocated on disk
  uint64_t log_files = 0;
  uint64_t log_past_cover_records = 0;  // of all kinds
  uint64_t log_past_cover_events = 0;   // those among them
  uint64_t seal_backlog_bytes = 0;      // of log that waits to be sealed
  uint64_t segments = 0;
  uint64_t segment_bytes = 0;
  uint64_t segment_events = 0;
  uint64_t gone_events_on_disk = 0;  // for readers they are gone, their bytes are not
  SealingFigures sealing;
  BlockCacheFigures cache;
  IndexFigures index;
};

class Partition {
 public:
  static Result<std::unique_ptr<Partition>> Open(FileSystem& fs, const std::string& directory,
                                                 const StoreIdentity& identity,
                                                 const PartitionOptions& options);
  ~Partition();

  TopicDirectory& topics() { return topics_; }
  DedupIndex& index() { return *index_; }
  LogWriter& writer() { return *writer_; }
  Reader& reader() { return *reader_; }
  [[nodiscard]] const HashKey& key() const { return key_; }
  [[nodiscard]] uint64_t store_seed() const { return store_seed_; }
  [[nodiscard]] const Recovered& recovered() const { return recovered_; }

  // Whether the index takes that many entries now; if not, a flush must end first.
  [[nodiscard]] bool IndexHasRoom(size_t entries) const;
  // Called after every frame; `frame_bytes` as it was placed.
  std::optional<FreezePoint> FreezeIfDue(const LogPoint& end, uint64_t frame_bytes);
  // Frames go on in another file, if that one is written to and another is ready; the table is
  // frozen at the end of the next frame that is not in it. False: no other is ready.
  bool LeaveLog(uint64_t log_id);

  Status Write(const Placement& place, const FrameBuilder& frame);
  void Publish(const FrameBuilder& frame, const Placement& place,
               const std::optional<FreezePoint>& freeze);

  // Have the next log file made in the background, as soon as there is space for it.
  void WantLogFile() { maintenance_->WantSpare(); }
  [[nodiscard]] bool has_log_file_ready() const { return allocator_->has_spare(); }
  [[nodiscard]] bool disk_full() const { return maintenance_->disk_full(); }
  // Of what commits depend on; of sealing they do not.
  [[nodiscard]] std::optional<Error> failure() const { return maintenance_->failure(); }
  // Of what a flush of the index has to wait for.
  [[nodiscard]] std::optional<Error> housekeeping_failure() const {
    return maintenance_->housekeeping_failure();
  }
  [[nodiscard]] std::optional<Error> sealing_failure() const { return sealing_->failure(); }
  // Waits for no disk, as figures() may.
  [[nodiscard]] bool erase_overdue() const { return sealing_->erase_overdue(); }
  [[nodiscard]] bool erases_in_time() const { return sealing_->erases_in_time(); }
  [[nodiscard]] uint64_t seal_lag_bytes() const { return sealing_->lag_bytes(); }
  // In order of id, from `from` on; see DurableState.
  [[nodiscard]] std::vector<RetainedTopic> TopicsWithSettings(TopicId from, size_t limit) const {
    return state_.TopicsWithSettings(from, limit);
  }
  [[nodiscard]] StoreTotals totals() const { return state_.Totals(); }
  [[nodiscard]] PartitionFigures figures() const;

  // `clean`: everything placed was written; the end goes into MANIFEST.
  Status Close(bool clean);

 private:
  Partition(FileSystem& fs, std::string directory, const StoreIdentity& identity,
            const PartitionOptions& options);
  Status Start();
  [[nodiscard]] Error Refusal(const Error& error) const;
  Result<Manifest> LoadManifest();
  [[nodiscard]] uint64_t ReserveBytes() const;

  FileSystem& fs_;
  const std::string directory_;
  const uint64_t store_seed_;
  const HashKey key_;
  const PartitionOptions options_;

  TopicDirectory topics_;
  BlockCache cache_;
  DurableState state_;
  std::unique_ptr<ManifestKeeper> manifest_;
  std::unique_ptr<DedupIndex> index_;
  std::unique_ptr<LogAllocator> allocator_;
  std::unique_ptr<Flusher> flusher_;
  std::unique_ptr<Sealing> sealing_;
  std::unique_ptr<Maintenance> maintenance_;
  std::unique_ptr<LogWriter> writer_;
  std::unique_ptr<PartitionReader> reader_;
  Recovered recovered_;
  uint64_t checkpoint_ = 0;           // that was found at the start
  uint64_t bytes_since_freeze_ = 0;   // committer's
  std::optional<uint64_t> left_log_;  // committer's: a freeze is wanted outside of it
  uint64_t published_file_ = 0;       // syncer's
};

}  // namespace oncelog::store
