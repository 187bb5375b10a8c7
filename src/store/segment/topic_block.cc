#include "store/segment/topic_block.h"

#include <algorithm>
#include <utility>

#include "store/segment/packed.h"

namespace oncelog::store {

Result<std::shared_ptr<const TopicBlock>> TopicBlock::Decode(const BlockEntry& entry,
                                                             std::string_view stored,
                                                             const SegmentHeader& header,
                                                             Decompressor& decompressor) {
  const Error damaged(Code::kDamaged, "the topics it lists contradict themselves or the index");
  std::string raw;
  if (Status s = decompressor.Run(stored, entry.raw_bytes, &raw); !s.ok()) return s.error();
  PackedReader in(raw);
  auto block = std::make_shared<TopicBlock>();
  uint64_t id = 0;
  uint64_t place = entry.first;
  for (uint32_t i = 0; i < entry.items; ++i) {
    const uint32_t step = in.VarintUpTo(UINT32_MAX);
    const uint64_t first = in.Varint();
    const uint32_t events = in.VarintUpTo(header.events);
    id += step;
    if (!in.ok() || (i > 0 && step == 0) || id > UINT32_MAX || events == 0 || first == 0 ||
        first > kSequenceMax || first + events - 1 > kSequenceMax) {
      return damaged;
    }
    block->topics_.push_back(
        {{static_cast<uint32_t>(id)}, events, {first}, static_cast<uint32_t>(place)});
    place += events;
    if (place > header.events) return damaged;
  }
  if (in.remaining() != 0 || block->topics_.empty() ||
      block->topics_.front().topic != entry.first_topic ||
      block->topics_.back().topic != entry.last_topic) {
    return damaged;
  }
  return std::shared_ptr<const TopicBlock>(std::move(block));
}

const SegmentTopic* TopicBlock::Find(TopicId topic) const {
  const auto found =
      std::lower_bound(topics_.begin(), topics_.end(), topic,
                       [](const SegmentTopic& t, TopicId wanted) { return t.topic < wanted; });
  return found == topics_.end() || found->topic != topic ? nullptr : &*found;
}

BlockEntry StoreTopics(std::span<const SegmentTopic> topics, Compressor& compressor,
                       std::string* stored) {
  std::string raw;
  uint32_t before = 0;
  for (const SegmentTopic& topic : topics) {
    PutVarint(&raw, topic.topic.value - std::exchange(before, topic.topic.value));
    PutVarint(&raw, topic.first.value);
    PutVarint(&raw, topic.events);
  }
  stored->clear();
  compressor.Append(raw, stored);
  BlockEntry entry;
  entry.first = topics.front().first_place;
  entry.items = static_cast<uint32_t>(topics.size());
  entry.first_topic = topics.front().topic;
  entry.last_topic = topics.back().topic;
  entry.first_sequence = topics.front().first;
  entry.last_sequence = topics.back().last();
  entry.raw_bytes = static_cast<uint32_t>(raw.size());
  entry.stored_bytes = static_cast<uint32_t>(stored->size());
  return entry;
}

}  // namespace oncelog::store
