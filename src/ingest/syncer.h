// Syncer: makes commits durable, one at a time: write, fdatasync, publish to readers, settle.
// A write or sync that fails is final: a second sync would prove nothing about the bytes of the
// first, so the engine takes nothing more until it has been restarted.
//
// Threads: Run on a thread of its own, until the pipe ends.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "ingest/latency.h"
#include "ingest/pipe.h"
#include "store/partition.h"

namespace oncelog::ingest {

class Syncer {
 public:
  Syncer(store::Partition& partition, Pipe& pipe, std::function<void(const std::string&)> alarm)
      : partition_(partition), pipe_(pipe), alarm_(std::move(alarm)) {}

  void Run();
  // Makes one commit durable on the caller's thread. One at a time: see Pipe::ActAsSyncer.
  void MakeDurable(std::unique_ptr<Commit> commit);

  [[nodiscard]] LatencyFigures latency() const { return latencies_.Figures(); }
  [[nodiscard]] uint64_t frames() const { return frames_.load(); }
  [[nodiscard]] uint64_t bytes() const { return bytes_.load(); }

 private:
  void Latch(const Error& cause, std::unique_ptr<Commit> commit);

  store::Partition& partition_;
  Pipe& pipe_;
  const std::function<void(const std::string&)> alarm_;
  Latencies latencies_;
  std::atomic<uint64_t> frames_{0};
  std::atomic<uint64_t> bytes_{0};
};

}  // namespace oncelog::ingest
