#include "ingest/engine.h"

#include <future>
#include <thread>
#include <utility>

#include "base/thread_name.h"
#include "ingest/committer.h"
#include "ingest/pipe.h"
#include "ingest/retainer.h"
#include "ingest/seal_pace.h"
#include "ingest/syncer.h"
#include "store/backup/new_directory.h"
#include "store/backup/usable.h"
#include "store/partition.h"
#include "store/store_identity.h"

namespace oncelog::ingest {
namespace {

constexpr const char* kFarBehind =
    "too much of the log waits to be sealed (seal-backlog-bytes): events are refused (nothing of "
    "them is stored) until some of it is";

constexpr const char* kEraseOverdue =
    "bytes of events that are gone should have left the disk by now";

// Waits for one work.
class Waiter : public CompletionSink {
 public:
  void Settled(std::vector<std::unique_ptr<Work>> works) override {
    outcome_.set_value(std::move(works.front()->outcome));
  }
  Outcome Wait() { return outcome_.get_future().get(); }

 private:
  std::promise<Outcome> outcome_;
};

class EngineImpl : public Engine {
 public:
  EngineImpl(const EngineOptions& options, store::StoreIdentity identity,
             std::unique_ptr<store::FileLock> lock)
      : options_(options),
        identity_(identity),
        lock_(std::move(lock)),
        pipe_(options.queue_bytes_max, options.overlap_bytes_min) {}
  ~EngineImpl() override { (void)Stop(); }

  Status Start(const std::string& data_directory, std::string mended);

  void SubmitAll(std::span<std::unique_ptr<Work>> works) override;
  Outcome Apply(event::Batch batch) override;
  Status ApplyChange(Change* change) override;

  store::Reader& reader() override { return partition_->reader(); }
  const HashKey& hash_key() const override { return partition_->key(); }
  const std::string& store_id() const override { return store_id_; }
  uint64_t epoch() const override { return identity_.epoch; }
  Health health() const override;
  std::string health_detail() const override;
  EngineFigures figures() const override;
  const OpenReport& opened() const override { return opened_; }
  Status Stop() override;

 private:
  // Too much of the log waits to be sealed for events to be taken.
  [[nodiscard]] bool SealingIsFarBehind() const {
    return SealBacklogIsFull(partition_->seal_lag_bytes(), options_.sealing.backlog_bytes_max);
  }

  const EngineOptions options_;
  const store::StoreIdentity identity_;
  const std::unique_ptr<store::FileLock> lock_;
  std::string store_id_;
  Pipe pipe_;
  std::unique_ptr<store::Partition> partition_;
  std::unique_ptr<Syncer> syncer_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<Retainer> retainer_;
  std::thread commit_thread_;
  std::thread sync_thread_;
  OpenReport opened_;
};

Status EngineImpl::Start(const std::string& data_directory, std::string mended) {
  store::PartitionOptions options;
  options.log_file_bytes_max = options_.log_file_bytes_max;
  options.log_file_bytes_min = options_.log_file_bytes_min;
  options.log_bytes_past_cover_max = options_.log_bytes_past_cover_max;
  options.index = options_.index;
  options.merge_bytes_per_second = options_.merge_bytes_per_second;
  options.sealing = options_.sealing;
  options.sealing.leave_log = [this](uint64_t log_id) {
    Change change{LeaveLog{log_id}, {}};
    return ApplyChange(&change);
  };
  options.block_cache_bytes = options_.block_cache_bytes;
  options.alarm = options_.alarm;
  options.flushed = [this] { pipe_.Wake(); };
  Result<std::unique_ptr<store::Partition>> partition = store::Partition::Open(
      lock_->files(), store::PartitionDirectory(data_directory), identity_, options);
  if (!partition.ok()) return partition.error();
  partition_ = partition.Take();
  store_id_ = identity_.store_id_hex();

  const store::Recovered& recovered = partition_->recovered();
  const store::StoreTotals totals = partition_->totals();
  opened_ = {totals.events,        totals.topics,       recovered.replayed_events,
             recovered.clean_stop, recovered.torn_file, recovered.torn_bytes,
             std::move(mended)};

  syncer_ = std::make_unique<Syncer>(*partition_, *lock_, pipe_, options_.alarm);
  committer_ = std::make_unique<Committer>(
      *partition_, pipe_, *syncer_,
      CommitterOptions{options_.frame_bytes, options_.overlap_bytes_min,
                       options_.index.group_entries_max / 2, options_.topics_max,
                       options_.erased_runs_max, options_.sealing.backlog_bytes_max, options_.clock,
                       options_.without_index});
  commit_thread_ = std::thread([this] {
    NameThread("committer");
    committer_->Run();
  });
  sync_thread_ = std::thread([this] {
    NameThread("syncer");
    syncer_->Run();
  });
  retainer_ = std::make_unique<Retainer>(
      *partition_,
      RetainerOptions{options_.retention_every, options_.clock, options_.uptime,
                      [this](Change* change) { return ApplyChange(change); }, options_.alarm});
  retainer_->Start();
  return OkStatus();
}

void EngineImpl::SubmitAll(std::span<std::unique_ptr<Work>> works) {
  if (!SealingIsFarBehind() || pipe_.failure()) return pipe_.Push(works);
  for (std::unique_ptr<Work>& work : works) work->outcome.status = Error(Code::kBusy, kFarBehind);
}

Outcome EngineImpl::Apply(event::Batch batch) {
  Waiter waiter;
  auto work = std::make_unique<Work>();
  work->batch = std::move(batch);
  work->sink = &waiter;
  if (Status s = Submit(work); !s.ok()) return {s, {}};
  return waiter.Wait();
}

Status EngineImpl::ApplyChange(Change* change) {
  Waiter waiter;
  auto work = std::make_unique<Work>();
  work->change = change;
  work->sink = &waiter;
  // Past SubmitAll: a change takes next to nothing, and may well free some of what waits for
  // sealing, which asks for one itself, perhaps before Start has the partition.
  pipe_.Push({&work, 1});
  if (work != nullptr) return work->outcome.status;
  const Status done = waiter.Wait().status;
  if (done.ok() && std::holds_alternative<EraseEvent>(change->what) &&
      partition_->erases_in_time()) {
    change->outcome.bytes_gone_by = {options_.clock().value +
                                     options_.sealing.erase_within.count()};
  }
  return done;
}

Health EngineImpl::health() const {
  if (pipe_.failure() || !lock_->InPlace().ok()) return Health::kReadOnly;
  // Events were refused, and nothing has shown since then that they would be taken now.
  const bool room_again = partition_->has_log_file_ready() && !partition_->disk_full();
  return committer_->disk_full() && !room_again ? Health::kDiskFull : Health::kOk;
}

std::string EngineImpl::health_detail() const {
  if (const std::optional<Error> failure = pipe_.failure()) return failure->message();
  if (const Status s = lock_->InPlace(); !s.ok()) return s.error().message();
  if (health() == Health::kDiskFull) {
    return "the disk is full: events are refused (nothing of them is stored) until there is space";
  }
  std::optional<Error> failure = partition_->failure();
  if (!failure) failure = partition_->sealing_failure();
  const std::string overdue = partition_->erase_overdue() ? kEraseOverdue : "";
  if (failure) return failure->message() + (overdue.empty() ? "" : "; ") + overdue;
  if (SealingIsFarBehind()) return kFarBehind;
  if (!overdue.empty()) return overdue;
  return retainer_->suspended() ? "the clock has jumped ahead: retention stands still until it is "
                                  "right, or until a restart takes it as right"
                                : "";
}

EngineFigures EngineImpl::figures() const {
  const store::PartitionFigures store = partition_->figures();
  EngineFigures figures;
  figures.queue_submissions = pipe_.submissions();
  figures.queue_bytes = pipe_.bytes();
  figures.frames = syncer_->frames();
  figures.frame_bytes = syncer_->bytes();
  figures.sync = syncer_->latency();
  figures.sync_durations = syncer_->sync_durations();
  figures.commit_durations = syncer_->commit_durations();
  figures.log_bytes = store.log_bytes;
  figures.log_files = store.log_files;
  figures.log_past_cover_records = store.log_past_cover_records;
  figures.log_past_cover_events = store.log_past_cover_events;
  figures.seal_backlog_bytes = store.seal_backlog_bytes;
  figures.segments = store.segments;
  figures.segment_bytes = store.segment_bytes;
  figures.segment_events = store.segment_events;
  figures.seal_seconds = store.sealing.seconds;
  figures.seal_pause_seconds = std::chrono::duration<double>(committer_->paused()).count();
  figures.gone_events_on_disk = store.gone_events_on_disk;
  figures.segments_rewritten = store.sealing.rewritten;
  figures.last_rewrite_at = store.sealing.last_rewrite_at;
  figures.erase_overdue = store.sealing.erase_overdue;
  figures.cache = store.cache;
  figures.index = store.index;
  figures.retention_suspended = retainer_->suspended();
  return figures;
}

Status EngineImpl::Stop() {
  if (!commit_thread_.joinable()) return OkStatus();
  retainer_->Stop();  // while its last change can still be committed
  pipe_.Stop();
  commit_thread_.join();
  sync_thread_.join();
  const Status closed = partition_->Close(/*clean=*/!pipe_.failure().has_value());
  return closed.ok() ? lock_->InPlace() : closed;
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::Open(store::FileSystem& fs,
                                             const std::string& data_directory,
                                             const EngineOptions& options) {
  if (Status s = store::CheckIsStore(fs, data_directory); !s.ok()) return s.error();
  if (Status s = fs.CreateDirectories(data_directory); !s.ok()) return s.error();
  Result<std::unique_ptr<store::FileLock>> lock = fs.Lock(data_directory + "/LOCK");
  if (!lock.ok()) return lock.error();
  if (Status s = store::CheckIsStore((*lock)->files(), data_directory); !s.ok()) return s.error();
  if (options.without_index) {
    // Ids that no index knows make no store: the mark stays, and nothing opens the directory again.
    store::NewDirectory marked((*lock)->files(), data_directory);
    if (Status s = marked.Create(); !s.ok()) return s.error();
  }
  std::string mended;
  Result<store::StoreIdentity> identity =
      store::LoadOrCreateIdentity((*lock)->files(), data_directory, &mended);
  if (!identity.ok()) return identity.error();
  auto engine = std::make_unique<EngineImpl>(options, *identity, lock.Take());
  if (Status s = engine->Start(data_directory, std::move(mended)); !s.ok()) return s.error();
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace oncelog::ingest
