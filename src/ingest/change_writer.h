// ChangeWriter: decides a Change against the committer's view of the topics, and appends its record
// to the open frame.
//
//   Status s = writer.Write(change, &frame);     // an error: refused, nothing was appended
//
// Threads: the committer only. Ownership: borrows the partition.
#pragma once

#include "base/result.h"
#include "ingest/change.h"
#include "store/log/frame.h"
#include "store/partition.h"

namespace oncelog::ingest {

class ChangeWriter {
 public:
  // What a change may add to a frame, at most: a topic and a record.
  static constexpr size_t kBytesMax = 512;

  ChangeWriter(store::Partition& partition, uint32_t topics_max, size_t erased_runs_max)
      : partition_(partition), topics_max_(topics_max), erased_runs_max_(erased_runs_max) {}

  Status Write(Change* change, store::FrameBuilder* frame);

 private:
  Status Write(const SetSettings& wanted, ChangeOutcome* outcome, store::FrameBuilder* frame);
  Status Write(const EraseEvent& wanted, ChangeOutcome* outcome, store::FrameBuilder* frame);
  Status Write(const RetainFrom& wanted, ChangeOutcome* outcome, store::FrameBuilder* frame);
  Status Write(const LeaveLog& wanted, ChangeOutcome* outcome, store::FrameBuilder* frame);

  store::Partition& partition_;
  const uint32_t topics_max_;
  const size_t erased_runs_max_;
};

}  // namespace oncelog::ingest
