// MemoryTopicIndex: the topic index of a log file that is being written.
//
// A topic's first offset stands in a table of all topics, the others in a chain of small blocks (15
// offsets and the next block's number: one cache line) in one pool. So a million topics with one
// event each cost 24 bytes each, which is what a log file has room for, and a topic with a million
// events is followed a block at a time.
//
// Threads: Add/AddFrame under the exclusive lock of DurableState, the rest under its shared lock.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "store/log/topic_index.h"

namespace oncelog::store {

class MemoryTopicIndex : public TopicIndex {
 public:
  void AddFrame(const FrameRef& frame) { frames_.push_back(frame); }
  void Add(TopicId topic, Sequence sequence, uint32_t offset);

  Result<TopicRange> Range(TopicId topic) const override;
  Status Offsets(TopicId topic, Sequence from, size_t count,
                 std::vector<uint32_t>* out) const override;
  Result<size_t> FrameCount() const override { return frames_.size(); }
  Result<FrameRef> Frame(size_t number) const override { return frames_[number]; }

  // One past the largest topic id seen.
  [[nodiscard]] size_t topic_slots() const { return topics_.size(); }

 private:
  static constexpr size_t kBlockOffsets = 15;
  struct Block {
    std::array<uint32_t, kBlockOffsets> offsets;
    uint32_t next;
  };
  struct Topic {
    uint64_t first_sequence = 0;
    uint32_t count = 0;
    uint32_t first_offset = 0;
    uint32_t first_block = 0;
    uint32_t last_block = 0;
  };

  // The place of its next offset, which is not its first.
  uint32_t& Append(Topic& topic);

  std::vector<Topic> topics_;  // by topic id
  std::vector<Block> blocks_;
  std::vector<FrameRef> frames_;
};

}  // namespace oncelog::store
