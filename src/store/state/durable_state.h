// DurableState: the fold over the durable log, as readers see it: topics with their heads and
// counters, totals, the files that hold the events: segments, and log files with their topic
// indexes. Frames are folded in here after their sync and before their answers, and by recovery in
// just the same way.
//
//   state.Apply(header, records, file, offset);        // exclusive, after the sync
//   DurableState::Pinned pinned = state.Pin();          // a reader: files and end position
//   std::optional<TopicInfo> info = state.Topic("sensor.temp");
//
// Threads: Apply and AddFile from one thread at a time; the rest from any thread. A reader/writer
// lock inside; it is held for microseconds per frame.
// Ownership: files are shared with readers that pinned them. Topic names live as long as this.
// Memory: 135 bytes a topic with a name of up to 15 bytes; 16 more once topics were listed.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/numbers.h"
#include "base/time.h"
#include "event/record.h"
#include "store/log/frame.h"
#include "store/log/log_file.h"
#include "store/read/reader.h"
#include "store/segment/segment.h"
#include "store/state/retention_state.h"
#include "store/state/topic_order.h"
#include "store/state/topic_slots.h"
#include "store/state/topic_states.h"

namespace oncelog::store {

// A topic with settings, and how much of it is kept.
struct RetainedTopic {
  TopicId id;
  std::string name;
  event::TopicSettings settings;
  Sequence first_kept;
  Sequence head;
  uint64_t gone = 0;
  uint64_t bytes = 0;  // of event JSON that is not gone
};

using LogFiles = std::vector<std::shared_ptr<LogFile>>;
using Segments = std::vector<std::shared_ptr<const Segment>>;

// What holds the log, in order of position: first the segments, then the log files.
struct StoreFiles {
  Segments segments;
  LogFiles logs;
};

class DurableState {
 public:
  // `key` hashes the names of topics, and must outlive this.
  DurableState(uint64_t store_seed, const HashKey& key);

  // --- the writer's side ---
  // Folds one frame in. With `file`, its topic index grows as well.
  Status Apply(const FrameHeader& header, std::string_view records,
               const std::shared_ptr<LogFile>& file, uint64_t offset);
  // Only the topic index of `file`: for frames before the cover, which the checkpoint counts.
  Status ApplyToIndex(const FrameHeader& header, std::string_view records, LogFile& file,
                      uint64_t offset);
  void AddFile(std::shared_ptr<LogFile> file, Position first_position);
  void SetClosedIndex(LogFile& file, std::shared_ptr<const TopicIndex> index);
  // The segment takes the place of the log files with these ids, which it holds. Yields those that
  // were in the list; some reader may still have pinned them.
  LogFiles Seal(std::shared_ptr<const Segment> segment, std::span<const uint64_t> log_ids);
  // The segment takes the place of another one, which held the same positions. Yields that.
  std::shared_ptr<const Segment> Replace(std::shared_ptr<const Segment> segment, uint64_t old_id);
  // Files behind which the writer has gone on, but whose topic index is still in memory.
  struct ClosableFile {
    std::shared_ptr<LogFile> file;
    std::shared_ptr<const MemoryTopicIndex> index;  // grows no more
    uint64_t end_offset = 0;
    Position end_position;
  };
  [[nodiscard]] std::vector<ClosableFile> ClosableFiles() const;
  // Recovery, before anyone reads: a topic out of the checkpoint, which was not there yet; ids in
  // order. `hash` is that of the key.
  void ReserveTopics(size_t topics) { slots_.Reserve(topics); }
  void RestoreTopic(uint64_t hash, std::string name, const TopicState& state);
  void RestoreRetention(RetentionState retention);  // behind all topics
  void RestoreEnd(Position end) { end_ = end; }
  void RestoreSegments(Segments segments);

  // --- readers ---
  struct Pinned {
    std::shared_ptr<const StoreFiles> files;
    Position end;           // of the durable log
    uint64_t readable = 0;  // events before it that are not gone
  };
  [[nodiscard]] Pinned Pin() const;

  // The index of a file, with the lock that reading it needs: do not keep it over disk reads.
  struct IndexLease {
    std::shared_lock<std::shared_mutex> lock;
    std::shared_ptr<const TopicIndex> index;
  };
  [[nodiscard]] IndexLease Lease(const LogFile& file) const;

  // Whether readers are to pass over an event. A store that has lost none pays one load.
  [[nodiscard]] bool IsGone(TopicId topic, Sequence sequence) const;

  // How many events of the topics, as a segment lists them, readers are to pass over.
  [[nodiscard]] uint64_t CountGone(std::span<const SegmentTopic> topics) const;

  struct TopicHead {
    TopicId id;
    Sequence head;
    Sequence first_kept{1};  // all below are gone
    uint64_t readable = 0;   // events that are not
  };
  [[nodiscard]] std::optional<TopicHead> FindTopic(std::string_view name) const;
  [[nodiscard]] std::optional<TopicInfo> Topic(std::string_view name) const;
  // In order of the names' bytes; the first call of a life sorts them: topic_order.h.
  [[nodiscard]] std::vector<TopicInfo> Topics(std::string_view prefix, std::string_view after,
                                              size_t limit) const;
  [[nodiscard]] std::vector<TopicInfo> LargestTopics(size_t limit) const;
  [[nodiscard]] std::vector<std::string_view> TopicNames(TopicId from, size_t limit) const;
  [[nodiscard]] StoreTotals Totals() const;

  // Topics with settings, in order of id from `from` on, at most `limit`.
  [[nodiscard]] std::vector<RetainedTopic> TopicsWithSettings(TopicId from, size_t limit) const;

  // All topics as they are now, for a checkpoint.
  [[nodiscard]] TopicStates ShareTopics();
  [[nodiscard]] RetentionState CopyRetention() const;

 private:
  Status Fold(const event::RecordView& record, UnixMs received_at);
  Status FoldRetention(const event::RecordView& record, TopicState& topic);
  void CountEvent(TopicState& topic, const event::RecordView& record, UnixMs received_at);
  void AddTopic(uint64_t hash, std::string name, TopicState state);
  [[nodiscard]] std::optional<TopicId> IdOf(uint64_t hash, std::string_view name) const;
  [[nodiscard]] std::vector<TopicOrder::Named> TopicsFrom(size_t from) const;
  [[nodiscard]] TopicInfo InfoOf(TopicId id) const;

  const uint64_t store_seed_;
  const HashKey& key_;
  mutable TopicOrder order_;  // has a mutex of its own, which is taken before mutex_
  mutable std::shared_mutex mutex_;
  std::deque<std::string> names_;  // by id; states and listings point at them
  TopicSlots slots_;
  TopicStates topics_;  // by id
  StoreTotals totals_;
  RetentionState retention_;
  std::atomic<bool> any_gone_{false};
  std::shared_ptr<const StoreFiles> files_ = std::make_shared<StoreFiles>();
  Position end_;
};

}  // namespace oncelog::store
