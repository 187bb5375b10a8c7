// LogCheck: reads the whole log, segments first, counts it again, and compares checkpoint and topic
// indexes with what it counted.
//
//   LogCheck check({{fs, directory, seed, manifest}, key, checkpoint}, &findings, progress);
//   check.Run();
//   check.tally();  check.recount();  check.tail();
//
// Threads: one. Memory: as recount.h and index_tally.h say, 24 bytes an event behind the cover, and
// of one log file a topic index (4 bytes an event). Errors: kIo is damage like any other here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "store/log/memory_topic_index.h"
#include "store/state/checkpoint.h"
#include "store/verify/finding.h"
#include "store/verify/index_tally.h"
#include "store/verify/log_walk.h"
#include "store/verify/read_again.h"
#include "store/verify/recount.h"
#include "store/verify/stubs.h"

namespace oncelog::store {

struct LogCheckContext {
  StoreParts parts;
  const HashKey& key;
  const Checkpoint* checkpoint;  // null if there is none that can be read
};

class LogCheck : private LogVisitor {
 public:
  LogCheck(LogCheckContext context, Findings* findings,
           std::function<void(uint64_t bytes)> progress);

  void Run();

  [[nodiscard]] const Recount& recount() const { return recount_; }
  // Of the events before the cover: what the runs must hold.
  [[nodiscard]] const IndexTally& tally() const { return tally_; }
  // The entries of those behind it.
  [[nodiscard]] std::vector<event::IndexEntry>& tail() { return tail_; }
  // Whether nothing before the cover is damaged.
  [[nodiscard]] bool whole() const { return damaged_at_cover_ == 0; }
  [[nodiscard]] uint64_t frames() const { return frames_; }
  [[nodiscard]] uint64_t files() const { return files_; }
  [[nodiscard]] uint64_t bytes() const { return bytes_; }

 private:
  Status Frame(const FrameHeader& header, uint64_t offset) override;
  Status Record(const event::RecordView& record, const FrameHeader& header,
                uint64_t offset) override;
  Status Damage(const LogDamage& damage) override;

  void ReadSegments();
  void WalkFile(const LogFileInfo& info);
  void CheckTopicIndex(const LogFileInfo& info);
  Status CheckPadding();
  void CheckCheckpoint();
  void CheckTopic(uint32_t id, const CheckpointTopic& said);
  void CheckStubs();
  [[nodiscard]] std::string checkpoint_path() const;

  LogCheckContext c_;
  Findings& findings_;
  const std::function<void(uint64_t)> progress_;
  LogChain chain_;
  Recount recount_;
  IndexTally tally_;
  Stubs stubs_;
  // Of topics with stubs: bytes in the checkpoint, and counted up to there without the stubs'.
  std::map<TopicId, std::pair<uint64_t, uint64_t>> bytes_left_;
  std::vector<event::IndexEntry> tail_;
  uint64_t frames_ = 0;
  uint64_t files_ = 0;
  uint64_t bytes_ = 0;
  uint64_t damaged_ = 0;           // places so far
  uint64_t damaged_at_cover_ = 0;  // the same where the cover is
  bool at_cover_ = false;          // whether it has been passed

  std::string path_;  // of the file being read
  File* file_ = nullptr;
  struct {
    uint64_t offset = 0;
    uint64_t end = 0;
  } padding_;                                      // of the last frame
  std::unique_ptr<MemoryTopicIndex> topic_index_;  // of it, as long as it is whole
  uint64_t progressed_ = 0;                        // within it
};

}  // namespace oncelog::store
