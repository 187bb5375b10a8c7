#include "store/log/memory_topic_index.h"

#include <algorithm>

#include "base/check.h"

namespace oncelog::store {

void MemoryTopicIndex::Add(TopicId topic, Sequence sequence, uint32_t offset) {
  if (topic.value >= topics_.size()) topics_.resize(topic.value + 1);
  Topic& slot = topics_[topic.value];
  const size_t place = slot.count % kBlockOffsets;
  if (place == 0) {
    const auto block = static_cast<uint32_t>(blocks_.size());
    blocks_.emplace_back();
    if (slot.count == 0) {
      slot.first_sequence = sequence.value;
      slot.first_block = block;
    } else {
      blocks_[slot.last_block].next = block;
    }
    slot.last_block = block;
  }
  Check(sequence.value == slot.first_sequence + slot.count, "sequences of a topic are dense");
  blocks_[slot.last_block].offsets[place] = offset;
  ++slot.count;
}

Result<TopicRange> MemoryTopicIndex::Range(TopicId topic) const {
  if (topic.value >= topics_.size()) return TopicRange{};
  const Topic& slot = topics_[topic.value];
  return TopicRange{{slot.first_sequence}, slot.count};
}

Status MemoryTopicIndex::Offsets(TopicId topic, Sequence from, size_t count,
                                 std::vector<uint32_t>* out) const {
  if (topic.value >= topics_.size()) return OkStatus();
  const Topic& slot = topics_[topic.value];
  if (from.value < slot.first_sequence) return OkStatus();
  uint64_t at = from.value - slot.first_sequence;
  const uint64_t end = std::min<uint64_t>(slot.count, at + count);
  if (at >= end) return OkStatus();
  uint32_t block = slot.first_block;
  for (uint64_t skip = at / kBlockOffsets; skip > 0; --skip) block = blocks_[block].next;
  for (; at < end; ++at) {
    out->push_back(blocks_[block].offsets[at % kBlockOffsets]);
    if (at % kBlockOffsets == kBlockOffsets - 1) block = blocks_[block].next;
  }
  return OkStatus();
}

}  // namespace oncelog::store
