// DurableState: the fold over the durable log, as readers see it: topics with their heads and
// counters, totals, the list of log files with their topic indexes. Frames are folded in here after
// their sync and before their answers, and by recovery in just the same way.
//
//   state.Apply(header, records, file, offset);        // exclusive, after the sync
//   DurableState::Pinned pinned = state.Pin();          // a reader: files and end position
//   std::optional<TopicInfo> info = state.Topic("sensor.temp");
//
// Threads: Apply, AddFile and SetClosedIndex from one thread at a time; the rest from any thread.
// A reader/writer lock inside; it is held for microseconds per frame.
// Ownership: log files are shared with readers that pinned them. Topic names live as long as this.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "base/time.h"
#include "event/record.h"
#include "store/log/frame.h"
#include "store/log/log_file.h"
#include "store/read/reader.h"

namespace oncelog::store {

struct TopicState {
  const std::string* name = nullptr;
  uint64_t events = 0;  // also the head: sequences are dense
  uint64_t duplicates = 0;
  uint64_t conflicts = 0;
  uint64_t bytes = 0;
  UnixMs first_received_at, last_received_at;
  uint32_t conflicts_kept = 0;
};

using LogFiles = std::vector<std::shared_ptr<LogFile>>;

class DurableState {
 public:
  explicit DurableState(uint64_t store_seed);

  // --- the writer's side ---
  // Folds one frame in. With `file`, its topic index grows as well.
  Status Apply(const FrameHeader& header, std::string_view records,
               const std::shared_ptr<LogFile>& file, uint64_t offset);
  // Only the topic index of `file`: for frames before the cover, which the checkpoint counts.
  Status ApplyToIndex(const FrameHeader& header, std::string_view records, LogFile& file,
                      uint64_t offset);
  void AddFile(std::shared_ptr<LogFile> file, Position first_position);
  void SetClosedIndex(LogFile& file, std::shared_ptr<const TopicIndex> index);
  // Files behind which the writer has gone on, but whose topic index is still in memory.
  struct ClosableFile {
    std::shared_ptr<LogFile> file;
    std::shared_ptr<const MemoryTopicIndex> index;  // grows no more
    uint64_t end_offset = 0;
    Position end_position;
  };
  [[nodiscard]] std::vector<ClosableFile> ClosableFiles() const;
  // Recovery: a topic out of the checkpoint; ids in order.
  void RestoreTopic(std::string name, const TopicState& state);
  void RestoreEnd(Position end) { end_ = end; }

  // --- readers ---
  struct Pinned {
    std::shared_ptr<const LogFiles> files;  // in order of position
    Position end;                           // of the durable log
  };
  [[nodiscard]] Pinned Pin() const;

  // The index of a file, with the lock that reading it needs: do not keep it over disk reads.
  struct IndexLease {
    std::shared_lock<std::shared_mutex> lock;
    std::shared_ptr<const TopicIndex> index;
  };
  [[nodiscard]] IndexLease Lease(const LogFile& file) const;

  struct TopicHead {
    TopicId id;
    Sequence head;
  };
  [[nodiscard]] std::optional<TopicHead> FindTopic(std::string_view name) const;
  [[nodiscard]] std::optional<TopicInfo> Topic(std::string_view name) const;
  [[nodiscard]] std::vector<TopicInfo> Topics(std::string_view prefix, std::string_view after,
                                              size_t limit) const;
  [[nodiscard]] std::vector<TopicInfo> LargestTopics(size_t limit) const;
  [[nodiscard]] std::vector<std::string_view> TopicNames(TopicId from, size_t limit) const;
  [[nodiscard]] StoreTotals Totals() const;

  // A copy of all topics, for a checkpoint.
  [[nodiscard]] std::vector<TopicState> CopyTopics() const;

 private:
  Status Fold(const event::RecordView& record, UnixMs received_at);
  void CountEvent(TopicState& topic, const event::RecordView& record, UnixMs received_at);
  [[nodiscard]] TopicInfo InfoOf(const TopicState& topic) const;

  const uint64_t store_seed_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, TopicId, std::less<>> ids_;
  std::vector<TopicState> topics_;  // by id
  StoreTotals totals_;
  std::shared_ptr<const LogFiles> files_ = std::make_shared<LogFiles>();
  Position end_;
};

}  // namespace oncelog::store
