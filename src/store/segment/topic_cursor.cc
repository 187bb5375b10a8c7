#include "store/segment/topic_cursor.h"

#include <algorithm>
#include <utility>

namespace oncelog::store {

TopicCursor::TopicCursor(std::shared_ptr<const Segment> segment, const SegmentTopic& topic,
                         const TopicCursorOptions& options)
    : segment_(std::move(segment)), topic_(topic), options_(options) {
  const uint64_t first = topic.first.value;
  const uint64_t last = topic.last().value;
  if (options.descending) {
    const uint64_t from = std::min(options.from.value_or(topic.last()).value, last);
    left_ = from < first ? 0 : from - first + 1;
    next_ = topic.first_place + static_cast<uint32_t>(left_ == 0 ? 0 : left_ - 1);
  } else {
    const uint64_t from = std::max(options.from.value_or(topic.first).value, first);
    left_ = from > last ? 0 : last - from + 1;
    next_ = topic.first_place + static_cast<uint32_t>(topic.events - left_);
  }
}

Result<bool> TopicCursor::Next() {
  while (left_ > 0) {
    if (next_ < block_first_ || next_ >= block_end_) {
      if (Status s = EnterBlock(next_); !s.ok()) return s.error();
    }
    const uint64_t of_block = std::min<uint64_t>(
        left_, options_.descending ? next_ - block_first_ + 1 : block_end_ - next_);
    const uint32_t count = block_ == nullptr ? static_cast<uint32_t>(of_block) : 1;
    place_ = next_;
    left_ -= count;
    passed_ += count;
    next_ = options_.descending ? next_ - count : next_ + count;
    if (block_ != nullptr) return true;
  }
  return false;
}

// Without a block if nothing in it is wanted.
Status TopicCursor::EnterBlock(uint32_t place) {
  const size_t number = segment_->BlockOf(BlockKind::kEvents, place);
  const BlockEntry& entry = segment_->blocks(BlockKind::kEvents)[number];
  block_ = nullptr;
  if (options_.window.MayHold(entry)) {
    Result<std::shared_ptr<const EventBlock>> block =
        segment_->Events(number, options_.keep_blocks);
    if (!block.ok()) return block.error();
    const SegmentEvent event = (*block)->event(place - entry.first);
    if (event.topic != topic_.topic ||
        event.sequence.value != topic_.first.value + (place - topic_.first_place)) {
      return segment_->DamagedBlock(BlockKind::kEvents, number,
                                    "its events are not where the list of topics has them");
    }
    block_ = block.Take();
  }
  block_first_ = entry.first;
  block_end_ = entry.end();
  return OkStatus();
}

}  // namespace oncelog::store
