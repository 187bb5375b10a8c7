#include "ingest/engine.h"

#include <future>
#include <thread>
#include <utility>

#include "ingest/committer.h"
#include "ingest/pipe.h"
#include "ingest/syncer.h"
#include "store/partition.h"
#include "store/store_identity.h"

namespace oncelog::ingest {
namespace {

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
        pipe_(options.queue_bytes_max) {}
  ~EngineImpl() override { (void)Stop(); }

  Status Start(store::FileSystem& fs, const std::string& data_directory);

  void SubmitAll(std::span<std::unique_ptr<Work>> works) override { pipe_.Push(works); }
  Outcome Apply(event::Batch batch) override;

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
  const EngineOptions options_;
  const store::StoreIdentity identity_;
  const std::unique_ptr<store::FileLock> lock_;
  std::string store_id_;
  Pipe pipe_;
  std::unique_ptr<store::Partition> partition_;
  std::unique_ptr<Syncer> syncer_;
  std::unique_ptr<Committer> committer_;
  std::thread commit_thread_;
  std::thread sync_thread_;
  OpenReport opened_;
};

Status EngineImpl::Start(store::FileSystem& fs, const std::string& data_directory) {
  store::PartitionOptions options;
  options.log_file_bytes_max = options_.log_file_bytes_max;
  options.log_file_bytes_min = options_.log_file_bytes_min;
  options.index = options_.index;
  options.merge_bytes_per_second = options_.merge_bytes_per_second;
  options.alarm = options_.alarm;
  options.flushed = [this] { pipe_.Wake(); };
  Result<std::unique_ptr<store::Partition>> partition =
      store::Partition::Open(fs, data_directory + "/p0000", identity_, options);
  if (!partition.ok()) return partition.error();
  partition_ = partition.Take();
  store_id_ = identity_.store_id_hex();

  const store::Recovered& recovered = partition_->recovered();
  const store::StoreTotals totals = partition_->totals();
  opened_ = {totals.events,        totals.topics,       recovered.replayed_events,
             recovered.clean_stop, recovered.torn_file, recovered.torn_bytes};

  syncer_ = std::make_unique<Syncer>(*partition_, pipe_, options_.alarm);
  committer_ =
      std::make_unique<Committer>(*partition_, pipe_, *syncer_,
                                  CommitterOptions{options_.frame_bytes, options_.topics_max,
                                                   options_.clock, options_.without_index});
  commit_thread_ = std::thread([this] { committer_->Run(); });
  sync_thread_ = std::thread([this] { syncer_->Run(); });
  return OkStatus();
}

Outcome EngineImpl::Apply(event::Batch batch) {
  Waiter waiter;
  auto work = std::make_unique<Work>();
  work->batch = std::move(batch);
  work->sink = &waiter;
  if (Status s = Submit(work); !s.ok()) return {s, {}};
  return waiter.Wait();
}

Health EngineImpl::health() const {
  if (pipe_.failure()) return Health::kReadOnly;
  // Events were refused, and nothing has shown since then that they would be taken now.
  const bool room_again = partition_->has_log_file_ready() && !partition_->disk_full();
  return committer_->disk_full() && !room_again ? Health::kDiskFull : Health::kOk;
}

std::string EngineImpl::health_detail() const {
  if (const std::optional<Error> failure = pipe_.failure()) return failure->message();
  if (health() == Health::kDiskFull) {
    return "the disk is full: events are refused (nothing of them is stored) until there is space";
  }
  const std::optional<Error> failure = partition_->failure();
  return failure ? failure->message() : "";
}

EngineFigures EngineImpl::figures() const {
  const store::PartitionFigures store = partition_->figures();
  EngineFigures figures;
  figures.queue_submissions = pipe_.submissions();
  figures.queue_bytes = pipe_.bytes();
  figures.frames = syncer_->frames();
  figures.frame_bytes = syncer_->bytes();
  figures.sync = syncer_->latency();
  figures.log_bytes = store.log_bytes;
  figures.log_files = store.log_files;
  figures.log_past_cover_events = store.log_past_cover_records;
  figures.index = store.index;
  return figures;
}

Status EngineImpl::Stop() {
  if (!commit_thread_.joinable()) return OkStatus();
  pipe_.Stop();
  commit_thread_.join();
  sync_thread_.join();
  return partition_->Close(/*clean=*/!pipe_.failure().has_value());
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::Open(store::FileSystem& fs,
                                             const std::string& data_directory,
                                             const EngineOptions& options) {
  if (Status s = fs.CreateDirectories(data_directory); !s.ok()) return s.error();
  Result<std::unique_ptr<store::FileLock>> lock = fs.Lock(data_directory + "/LOCK");
  if (!lock.ok()) return lock.error();
  Result<store::StoreIdentity> identity = store::LoadOrCreateIdentity(fs, data_directory);
  if (!identity.ok()) return identity.error();
  auto engine = std::make_unique<EngineImpl>(options, *identity, lock.Take());
  if (Status s = engine->Start(fs, data_directory); !s.ok()) return s.error();
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace oncelog::ingest
