// SegmentsCheck: reads every byte of every segment and counts what they hold.
//
//   SegmentsCheck check({fs, directory, seed, manifest}, {&recount, &tally, &stubs}, &findings,
//                       progress);
//   check.Run();
//   LogChain chain = check.chain();      // the log goes on from there
//
// Threads: one. Memory: as segment_check.h says, and stubs.h. Errors: all that is wrong is told to
// the findings, and damaged() counts it; what is whole is read all the same.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/segment/segment_check.h"
#include "store/verify/finding.h"
#include "store/verify/index_tally.h"
#include "store/verify/log_walk.h"
#include "store/verify/read_again.h"
#include "store/verify/recount.h"
#include "store/verify/stubs.h"

namespace oncelog::store {

// Where what is counted goes.
struct SegmentCounts {
  Recount* recount;
  IndexTally* tally;
  Stubs* stubs;
};

class SegmentsCheck : private SegmentCheckVisitor {
 public:
  SegmentsCheck(StoreParts parts, SegmentCounts counts, Findings* findings,
                std::function<void(uint64_t bytes)> progress);

  void Run();

  [[nodiscard]] const LogChain& chain() const { return chain_; }
  [[nodiscard]] uint64_t damaged() const { return damaged_; }  // places
  [[nodiscard]] uint64_t files() const { return files_; }
  [[nodiscard]] uint64_t bytes() const { return bytes_; }

 private:
  void Block(const BlockEntry& entry) override { progress_(entry.stored_bytes); }
  void Event(const SegmentEvent& event, const event::IndexEntry& identity,
             const BlockEntry& block) override;
  void Record(const SegmentRecord& record, const BlockEntry& block) override;
  void Damage(const Error& error, const std::vector<TopicEvents>& lost) override;

  std::shared_ptr<const Segment> Open(const SegmentInfo& info);
  void Take(const event::RecordView& record, UnixMs received_at, const BlockEntry& block);
  void Tell(Finding finding);
  void TellLost(const Finding& damage, const std::vector<TopicEvents>& lost);

  const StoreParts parts_;
  const SegmentCounts counts_;
  Findings& findings_;
  const std::function<void(uint64_t)> progress_;
  BlockCache cache_{0};
  LogChain chain_;
  uint64_t damaged_ = 0;
  uint64_t files_ = 0;
  uint64_t bytes_ = 0;

  std::string path_;   // of the segment being read
  size_t number_ = 0;  // of it in the manifest's list
};

}  // namespace oncelog::store
