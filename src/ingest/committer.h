// Committer: the single writer. It takes works in order of arrival, decides their verdicts, builds
// frames and hands each to the syncer when that is free. A small frame it syncs itself: waking
// another thread would cost more than the little planning that could go on meanwhile. It never
// reads event bytes from disk.
//
// Threads: Run on a thread of its own, until the pipe is stopped and drained.
// Errors: a work that cannot be stored (kDiskFull, kTooManyTopics, kBusy; kDamaged or kIo where the
// index cannot say what is known of it) is settled at once, before anything of it was decided.
// After a failed write all are settled with kReadOnly.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/time.h"
#include "ingest/change_writer.h"
#include "ingest/commit.h"
#include "ingest/group_encoder.h"
#include "ingest/pipe.h"
#include "ingest/plan.h"
#include "ingest/seal_pace.h"
#include "ingest/syncer.h"
#include "store/partition.h"

namespace oncelog::ingest {

struct CommitterOptions {
  size_t frame_bytes = size_t{4} << 20;
  size_t overlap_bytes_min = 0;  // a frame of so many is the syncer's
  // With the largest group on top, a frame's events still fit one insertion into the index.
  size_t frame_records_max = size_t{1} << 15;
  uint32_t topics_max = 1'000'000;
  size_t erased_runs_max = store::RetentionState::kErasedRunsMax;
  uint64_t seal_backlog_bytes_max = UINT64_MAX;
  Clock clock = SystemNow;
  bool without_index = false;
};

class Committer {
 public:
  Committer(store::Partition& partition, Pipe& pipe, Syncer& syncer, CommitterOptions options);

  void Run();

  // The last work that wanted space found none.
  [[nodiscard]] bool disk_full() const { return disk_full_.load(); }
  // In all, because sealing lags behind.
  [[nodiscard]] std::chrono::nanoseconds paused() const {
    return std::chrono::nanoseconds(paused_ns_.load());
  }

 private:
  using Works = std::vector<std::unique_ptr<Work>>;
  enum class Room { kEnough, kCloseFrameFirst, kWait, kRefused };

  [[nodiscard]] bool frame_open() const { return !commit_->works.empty(); }
  [[nodiscard]] bool frame_full() const {
    return frame_full_ || FrameBytes() >= options_.frame_bytes ||
           commit_->frame.records() >= options_.frame_records_max;
  }
  // The open frame as it would be handed over now.
  [[nodiscard]] size_t FrameBytes() const { return commit_->frame.size() + encoder_.count_bytes(); }
  Pipe::Turn NextTurn();
  void ProcessWaiting();
  Works NextGroup();
  // Whether what the group may add has a place in frame, file and index. Refuses the group itself
  // when there is none.
  Room MakeRoom(Works* group);
  Room MakeIndexRoom(Works* group, size_t submissions);
  Room MakeLogRoom(Works* group, uint64_t bytes);
  bool Reserve(Works* group, uint64_t log_bytes);
  void Decide(Works group);
  void DecideChange(Works group);
  Status LookUp(std::span<const std::unique_ptr<Work>> works);
  void RefuseUnreadable(Works* group);
  void RefuseExcessTopics(Works* group);
  bool TopicsFit(const event::Batch& batch, std::unordered_set<std::string>* fresh) const;
  void ResolveTopics(const Works& group);
  uint32_t SlotOf(TopicId topic);
  void HandOver(bool mark);
  void WaitForSealing();
  void Refuse(Works works, const Error& error);
  void RefuseAll(Pipe::Turn turn);

  store::Partition& partition_;
  Pipe& pipe_;
  Syncer& syncer_;
  const CommitterOptions options_;
  std::atomic<bool> disk_full_{false};

  std::unique_ptr<Commit> commit_;  // the open frame
  Works waiting_;                   // taken from the pipe, not in a frame yet
  bool frame_full_ = false;         // what waits does not fit the open frame
  Pipe::Deadline mark_at_;          // when an idle log gets its commit mark
  SealPace pace_;
  std::atomic<int64_t> paused_ns_{0};

  PlanGroup group_;
  Planner planner_;
  GroupEncoder encoder_;
  ChangeWriter change_writer_;
  std::vector<TopicId> topic_ids_;       // of the group's submissions
  std::vector<uint32_t> slot_of_topic_;  // by topic id: slot + 1, or 0
  std::vector<TopicId> slot_topics_;     // of the group's heads
};

}  // namespace oncelog::ingest
