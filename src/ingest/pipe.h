// Pipe: the one meeting point of submitters, committer and syncer: a bounded queue of works on one
// side, room for one commit on the other. A frame closes when the syncer is free, so groups are as
// large as the disk is slow, without timers.
//
//   pipe.Push(works);                                    // I/O threads; kBusy when full
//   Pipe::Turn turn = pipe.Next(room, frame_open, ...);  // the committer waits for something to do
//   pipe.Hand(std::move(commit));                        // ... only when turn.syncer_free
//   std::unique_ptr<Commit> commit = pipe.Take();        // the syncer; null at the end
//   pipe.Done(std::move(commit));                        // it is durable; the syncer is free
//
// Threads: Push, Stop and Wake any; Next, Hand, ActAsSyncer, Finish and the waits the committer;
// Take, Done and Fail the syncer. Units: bytes of batch arenas.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "ingest/commit.h"
#include "ingest/work.h"

namespace oncelog::ingest {

class Pipe {
 public:
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;

  struct Turn {
    std::vector<std::unique_ptr<Work>> works;
    bool syncer_free = false;
    bool stopping = false;  // no more works will come
    bool failed = false;    // a write or sync failed: nothing may be handed over any more
  };

  // `overlap_bytes_min`: while a frame is synced, the committer is woken for so many queued bytes.
  Pipe(size_t bytes_max, size_t overlap_bytes_min)
      : bytes_max_(bytes_max), overlap_bytes_min_(overlap_bytes_min) {}

  // Works that are not taken stay where they are, with the reason in their outcome.
  void Push(std::span<std::unique_ptr<Work>> works);

  // Waits until works are queued (unless `room_bytes` is 0), until the syncer is free (if
  // `frame_open`), until `wake_at`, or until the end. Takes works of up to `room_bytes`, but at
  // least one.
  // While the syncer is busy, works of less than a few dozen KiB wait until it is free: they then
  // come all at once.
  Turn Next(size_t room_bytes, bool frame_open, const Deadline& wake_at);
  void Hand(std::unique_ptr<Commit> commit);
  void ActAsSyncer();  // instead of Hand: the committer commits itself, then says Done or Fail
  void Finish();       // nothing more will be handed over
  std::unique_ptr<Commit> NewCommit();
  // Waits until then, or the end.
  void PauseCommits(std::chrono::steady_clock::time_point until);
  // Waits until the index has been flushed, or a moment; then the committer looks again.
  void WaitForFlush();
  void Wake();  // the index has been flushed

  std::unique_ptr<Commit> Take();
  void Done(std::unique_ptr<Commit> used);  // its works taken out; its buffers are used again
  void Fail(const Error& error);

  void Stop();

  // `works` are settled: their bytes and submissions count no more.
  void Release(const std::vector<std::unique_ptr<Work>>& works);
  [[nodiscard]] std::optional<Error> failure() const;
  [[nodiscard]] uint64_t submissions() const { return submissions_.load(); }
  [[nodiscard]] uint64_t bytes() const { return bytes_.load(); }

 private:
  const size_t bytes_max_;
  const size_t overlap_bytes_min_;
  std::atomic<uint64_t> submissions_{0};  // pushed and not settled yet
  std::atomic<uint64_t> bytes_{0};

  mutable std::mutex mutex_;
  std::condition_variable committer_;
  std::condition_variable syncer_;
  std::deque<std::unique_ptr<Work>> queue_;
  size_t queued_bytes_ = 0;
  std::unique_ptr<Commit> handed_;
  std::unique_ptr<Commit> used_;
  [[nodiscard]] bool syncer_free() const { return handed_ == nullptr && !syncing_; }
  // Why a work cannot be taken now, if so.
  [[nodiscard]] std::optional<Error> Refusal(size_t bytes) const;
  [[nodiscard]] bool WorthWaking() const;

  bool syncing_ = false;
  bool committer_wants_syncer_ = false;
  bool stopping_ = false;
  bool finished_ = false;
  bool flushed_ = false;
  std::optional<Error> failure_;
};

}  // namespace oncelog::ingest
