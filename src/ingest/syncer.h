// Syncer: makes commits durable, one at a time: write, fdatasync, publish to readers, settle.
// A write or sync that fails is final: a second sync would prove nothing about the bytes of the
// first, so the engine takes nothing more until it has been restarted.
//
// The same holds once the data directory was moved or deleted (FileLock::InPlace): what is written
// then is not where the next start will look.
//
// Threads: Run on a thread of its own, until the pipe ends.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "ingest/latency.h"
#include "ingest/pipe.h"
#include "metrics/histogram.h"
#include "store/partition.h"

namespace oncelog::ingest {

class Syncer {
 public:
  Syncer(store::Partition& partition, const store::FileLock& lock, Pipe& pipe,
         std::function<void(const std::string&)> alarm)
      : partition_(partition), lock_(lock), pipe_(pipe), alarm_(std::move(alarm)) {}

  void Run();
  // Makes one commit durable on the caller's thread. One at a time: see Pipe::ActAsSyncer.
  void MakeDurable(std::unique_ptr<Commit> commit);

  [[nodiscard]] LatencyFigures latency() const { return latencies_.Figures(); }
  [[nodiscard]] metrics::HistogramFigures sync_durations() const { return syncs_.Figures(); }
  [[nodiscard]] metrics::HistogramFigures commit_durations() const { return commits_.Figures(); }
  [[nodiscard]] uint64_t frames() const { return frames_.load(); }
  [[nodiscard]] uint64_t bytes() const { return bytes_.load(); }

 private:
  Status CheckPlace(std::chrono::steady_clock::time_point now);
  void Latch(const Error& cause, std::unique_ptr<Commit> commit);

  store::Partition& partition_;
  const store::FileLock& lock_;
  Pipe& pipe_;
  const std::function<void(const std::string&)> alarm_;
  Latencies latencies_;         // the last ones
  metrics::Histogram syncs_;    // all
  metrics::Histogram commits_;  // of batches, from the queue on
  std::chrono::steady_clock::time_point check_place_at_{};
  std::atomic<uint64_t> frames_{0};
  std::atomic<uint64_t> bytes_{0};
};

}  // namespace oncelog::ingest
