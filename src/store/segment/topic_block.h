// TopicBlock: which events of which topics a segment holds: up to 4,096 topics, in order of id.
//
//   const auto topics = TopicBlock::Decode(entry, stored, header, decompressor);
//   const SegmentTopic* topic = (*topics)->Find(TopicId{3});       // null: no events of it
//
// Stored: a zstd frame of, for each topic: its id as varint minus that of the one before (0 before
// the first), varint first sequence, varint events. Their places follow from the events before.
//
// Threads: immutable. Ownership: owns its list; 24 bytes of memory a topic.
// Errors: kDamaged if it does not agree with itself or its index entry.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "base/result.h"
#include "store/segment/segment_file.h"
#include "store/segment/zstd_codec.h"

namespace oncelog::store {

inline constexpr uint32_t kTopicBlockTopics = 4096;

struct SegmentTopic {
  TopicId topic;
  uint32_t events = 0;
  Sequence first;
  uint32_t first_place = 0;

  [[nodiscard]] Sequence last() const { return {first.value + events - 1}; }
};

class TopicBlock {
 public:
  static Result<std::shared_ptr<const TopicBlock>> Decode(const BlockEntry& entry,
                                                          std::string_view stored,
                                                          const SegmentHeader& header,
                                                          Decompressor& decompressor);

  [[nodiscard]] const SegmentTopic* Find(TopicId topic) const;
  [[nodiscard]] const std::vector<SegmentTopic>& topics() const { return topics_; }
  [[nodiscard]] size_t memory_bytes() const {
    return sizeof *this + topics_.capacity() * sizeof(SegmentTopic);
  }

 private:
  std::vector<SegmentTopic> topics_;
};

// Replaces `stored`. Offset and checksum of the entry are the file writer's.
BlockEntry StoreTopics(std::span<const SegmentTopic> topics, Compressor& compressor,
                       std::string* stored);

}  // namespace oncelog::store
