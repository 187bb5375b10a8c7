// TopicIndex: where the events of one log file are, by topic, and where its frames start. In memory
// for a file that is being written (MemoryTopicIndex), in a file beside it once it is closed
// (TopicIndexFile).
//
//   TopicRange range = index.Range(TopicId{3});              // its sequences in this file
//   Status s = index.Offsets(TopicId{3}, range.first, 100, &offsets);
//
// Threads: const calls from any number of threads; MemoryTopicIndex must not be added to meanwhile
// (DurableState's lock sees to that).
// Errors: kDamaged from a topic index file. Units: bytes; offsets within the log file.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/numbers.h"
#include "base/result.h"
#include "base/time.h"

namespace oncelog::store {

// One frame, as readers find it.
struct FrameRef {
  Position first_position;
  UnixMs received_at;
  uint32_t offset = 0;  // of its header
  uint32_t records = 0;
};

struct TopicRange {
  Sequence first;  // meaningless if count is 0
  uint32_t count = 0;
};

class TopicIndex {
 public:
  virtual ~TopicIndex() = default;
  virtual Result<TopicRange> Range(TopicId topic) const = 0;
  // Appends the offsets of up to `count` events of the topic from sequence `from` on, in order.
  virtual Status Offsets(TopicId topic, Sequence from, size_t count,
                         std::vector<uint32_t>* out) const = 0;
  // Frames that hold records, in order.
  virtual Result<size_t> FrameCount() const = 0;
  virtual Result<FrameRef> Frame(size_t number) const = 0;
};

// The number of the last frame for which `before_or_at` holds (it holds for the first frames and
// then no more); nullopt if it holds for none.
template <typename Predicate>
Result<std::optional<size_t>> LastFrame(const TopicIndex& index, Predicate before_or_at) {
  const Result<size_t> count = index.FrameCount();
  if (!count.ok()) return count.error();
  size_t low = 0;
  size_t high = *count;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const Result<FrameRef> frame = index.Frame(middle);
    if (!frame.ok()) return frame.error();
    if (before_or_at(*frame)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low == 0 ? std::optional<size_t>() : std::optional<size_t>(low - 1);
}

}  // namespace oncelog::store
