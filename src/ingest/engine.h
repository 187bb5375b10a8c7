// Engine: one partition that takes batches, decides verdicts, makes them durable and answers.
// An object without globals; several can live in one process.
//
//   Result<std::unique_ptr<Engine>> engine = Engine::Open(fs, "data", options);
//   auto work = std::make_unique<MyWork>();        // derives from Work
//   work->batch = *decoder.Decode(body, format);
//   work->sink = this;
//   if (Status s = (*engine)->Submit(work); !s.ok()) { /* kBusy: work is still ours */ }
//   ...Settled() is called once the outcome is known, after the sync...
//   Outcome outcome = (*engine)->Apply(batch);     // the same, blocking
//   Status s = (*engine)->ApplyChange(&change);    // settings, erasing; blocking too
//
// Threads: Submit, Apply, ApplyChange, reader(), health(), figures() from any thread. Settled is
// called on the engine's own threads, with all works of one frame for one sink at once; it must not
// block.
// Ownership: the engine owns a Work from Submit until Settled. Sinks must outlive the engine, or
// Stop() must have returned.
// Errors (Outcome::status): kBusy (queue full or sealing too far behind, nothing stored),
// kDiskFull, kTooManyTopics (nothing stored), kDamaged, kIo (the page of the index where one of the
// batch's ids may be cannot be read: nothing of the batch stored), kReadOnly (a write or sync
// failed: stored or not is unknown until the restart).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "event/batch.h"
#include "ingest/change.h"
#include "ingest/latency.h"
#include "ingest/work.h"
#include "metrics/histogram.h"
#include "store/fs/file_system.h"
#include "store/index/dedup_index.h"
#include "store/read/reader.h"
#include "store/sealing.h"
#include "store/segment/block_cache.h"
#include "store/state/retention_state.h"

namespace oncelog::ingest {

struct EngineOptions {
  size_t queue_bytes_max = size_t{64} << 20;
  size_t frame_bytes = size_t{4} << 20;  // a frame closes here; one batch is never split
  // Less than this takes no longer than waking another thread for it: such a frame is synced by the
  // committer, and while one is synced, so little is not planned yet. Tests make it small.
  size_t overlap_bytes_min = size_t{64} << 10;
  uint64_t log_file_bytes_max = uint64_t{256} << 20;
  uint64_t log_file_bytes_min = uint64_t{16} << 20;  // of the first file; each is twice the last
  uint64_t log_bytes_past_cover_max = uint64_t{384} << 20;  // so much flushes the index early
  store::IndexOptions index;
  uint64_t merge_bytes_per_second = uint64_t{256} << 20;
  store::SealingOptions sealing;
  size_t block_cache_bytes = size_t{64} << 20;
  uint32_t topics_max = 1'000'000;
  size_t erased_runs_max = store::RetentionState::kErasedRunsMax;
  Clock clock = SystemNow;
  Uptime uptime = SystemUptime;
  std::chrono::milliseconds retention_every{10'000};  // how often topics are measured against it
  std::function<void(const std::string&)> alarm = [](const std::string&) {};  // for the log
  // The benchmark's "limit": every event is called new. Only in a new directory, which no engine
  // opens again.
  bool without_index = false;
};

enum class Health { kOk, kReadOnly, kDiskFull };

struct EngineFigures {
  uint64_t queue_submissions = 0;  // waiting to become durable
  uint64_t queue_bytes = 0;
  uint64_t frames = 0;  // written since start
  uint64_t frame_bytes = 0;
  LatencyFigures sync;                         // write + fdatasync of a frame
  metrics::HistogramFigures sync_durations;    // the same, since start
  metrics::HistogramFigures commit_durations;  // of a batch: from the queue until readers see it
  uint64_t log_bytes = 0;                      // on disk
  uint64_t log_files = 0;
  uint64_t log_past_cover_records = 0;  // of all kinds: what a start would read again
  uint64_t log_past_cover_events = 0;   // those among them
  uint64_t seal_backlog_bytes = 0;      // of log that waits to be sealed
  uint64_t segments = 0;
  uint64_t segment_bytes = 0;  // on disk
  uint64_t segment_events = 0;
  double seal_seconds = 0;           // since start
  double seal_pause_seconds = 0;     // that commits waited for sealing, since start
  uint64_t gone_events_on_disk = 0;  // for readers they are gone, their bytes are not
  uint64_t segments_rewritten = 0;   // since start, because something in them was gone
  UnixMs last_rewrite_at;            // 0: none yet
  bool erase_overdue = false;        // something is still on the disk after sealing.erase_within
  store::BlockCacheFigures cache;
  store::IndexFigures index;
  bool retention_suspended = false;  // the clock has jumped ahead; see ingest/clock_watch.h
};

// What opening found, for the start message.
struct OpenReport {
  uint64_t events = 0;
  uint64_t topics = 0;
  uint64_t replayed_events = 0;
  bool clean_stop = false;
  std::string torn_file;  // where the bytes of a torn last frame were saved, or empty
  uint64_t torn_bytes = 0;
  std::string
      mended;  // what was wrong with STORE or its copy and made good from the other; or empty
};

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> Open(store::FileSystem& fs,
                                              const std::string& data_directory,
                                              const EngineOptions& options);
  virtual ~Engine() = default;

  // Takes the works over, with one wake-up for all. One that it does not take (kBusy, kReadOnly)
  // stays the caller's: its pointer is not null, its outcome says why, nothing of it was stored.
  virtual void SubmitAll(std::span<std::unique_ptr<Work>> works) = 0;
  // The same for one work; the answer is ok if it was taken.
  Status Submit(std::unique_ptr<Work>& work) {
    SubmitAll({&work, 1});
    return work == nullptr ? OkStatus() : work->outcome.status;
  }
  virtual Outcome Apply(event::Batch batch) = 0;
  // Blocks until the change is durable or refused.
  virtual Status ApplyChange(Change* change) = 0;

  virtual store::Reader& reader() = 0;
  [[nodiscard]] virtual const HashKey& hash_key() const = 0;
  [[nodiscard]] virtual const std::string& store_id() const = 0;  // hex
  [[nodiscard]] virtual uint64_t epoch() const = 0;               // changes with a restore
  [[nodiscard]] virtual Health health() const = 0;
  [[nodiscard]] virtual std::string health_detail() const = 0;  // what is wrong, or empty
  [[nodiscard]] virtual EngineFigures figures() const = 0;
  [[nodiscard]] virtual const OpenReport& opened() const = 0;

  // Commits what is queued, writes the clean end, joins all threads. Idempotent; the destructor
  // calls it too. Submit answers kBusy from here on.
  virtual Status Stop() = 0;
};

}  // namespace oncelog::ingest
