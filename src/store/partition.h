// Partition: the store of one ordered log, put together: recovery, the writer's state, the durable
// state for readers, and maintenance. What decides and drives commits is ingest's.
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

#include "base/hash.h"
#include "store/log/log_writer.h"
#include "store/maintenance.h"
#include "store/read/partition_reader.h"
#include "store/recovery.h"
#include "store/state/topic_directory.h"
#include "store/store_identity.h"

namespace oncelog::store {

struct PartitionOptions {
  uint64_t log_file_bytes_max = uint64_t{256} << 20;
  uint64_t log_file_bytes_min = uint64_t{16} << 20;
  uint64_t log_bytes_past_cover_max = uint64_t{384} << 20;  // so much freezes the table early
  IndexOptions index;
  uint64_t merge_bytes_per_second = uint64_t{256} << 20;
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
  uint64_t log_past_cover_records = 0;
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

  Status Write(const Placement& place, const FrameBuilder& frame);
  void Publish(const FrameBuilder& frame, const Placement& place,
               const std::optional<FreezePoint>& freeze);

  // Have the next log file made in the background, as soon as there is space for it.
  void WantLogFile() { maintenance_->WantSpare(); }
  [[nodiscard]] bool has_log_file_ready() const { return allocator_->has_spare(); }
  [[nodiscard]] bool disk_full() const { return maintenance_->disk_full(); }
  [[nodiscard]] std::optional<Error> failure() const { return maintenance_->failure(); }
  [[nodiscard]] StoreTotals totals() const { return state_.Totals(); }
  [[nodiscard]] PartitionFigures figures() const;

  // `clean`: everything placed was written; the end goes into MANIFEST.
  Status Close(bool clean);

 private:
  Partition(FileSystem& fs, std::string directory, const StoreIdentity& identity,
            const PartitionOptions& options);
  Status Start();
  Result<Manifest> LoadManifest();
  [[nodiscard]] uint64_t ReserveBytes() const;

  FileSystem& fs_;
  const std::string directory_;
  const uint64_t store_seed_;
  const HashKey key_;
  const PartitionOptions options_;

  TopicDirectory topics_;
  DurableState state_;
  std::unique_ptr<ManifestKeeper> manifest_;
  std::unique_ptr<DedupIndex> index_;
  std::unique_ptr<LogAllocator> allocator_;
  std::unique_ptr<Flusher> flusher_;
  std::unique_ptr<Maintenance> maintenance_;
  std::unique_ptr<LogWriter> writer_;
  std::unique_ptr<PartitionReader> reader_;
  Recovered recovered_;
  uint64_t bytes_since_freeze_ = 0;  // committer's
  uint64_t published_file_ = 0;      // syncer's
};

}  // namespace oncelog::store
