#include "store/log/memory_topic_index.h"

#include <algorithm>

#include "base/check.h"

namespace oncelog::store {

void MemoryTopicIndex::Add(TopicId topic, Sequence sequence, uint32_t offset) {
  if (topic.value >= topics_.size()) topics_.resize(topic.value + 1);
  Topic& slot = topics_[topic.value];
  if (slot.count == 0) slot.first_sequence = sequence.value;
  Check(sequence.value == slot.first_sequence + slot.count, "sequences of a topic are dense");
  (slot.count == 0 ? slot.first_offset : Append(slot)) = offset;
  ++slot.count;
}

uint32_t& MemoryTopicIndex::Append(Topic& topic) {
  const size_t place = (topic.count - 1) % kBlockOffsets;
  if (place == 0) {
    const auto block = static_cast<uint32_t>(blocks_.size());
    blocks_.emplace_back();
    (topic.count == 1 ? topic.first_block : blocks_[topic.last_block].next) = block;
    topic.last_block = block;
  }
  return blocks_[topic.last_block].offsets[place];
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
  if (at == 0) {
    out->push_back(slot.first_offset);
    ++at;
  }
  uint32_t block = slot.first_block;
  for (uint64_t skip = (at - 1) / kBlockOffsets; skip > 0; --skip) block = blocks_[block].next;
  for (; at < end; ++at) {
    const size_t place = (at - 1) % kBlockOffsets;
    out->push_back(blocks_[block].offsets[place]);
    if (place == kBlockOffsets - 1) block = blocks_[block].next;
  }
  return OkStatus();
}

}  // namespace oncelog::store
