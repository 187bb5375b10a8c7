// TopicCursor: the events of one topic in a segment, in order of sequence, up or down, block by
// block.
//
//   TopicCursor cursor(segment, topic, {.from = Sequence{17}});
//   for (;;) {
//     Result<bool> more = cursor.Next();
//     if (!more.ok()) return more.error();
//     if (!*more) break;
//     Use(cursor.event());
//   }
//
// Threads: one. Ownership: keeps the segment open and one block of it. What event() gives is valid
// until the next call. Errors: as segment.h says. Memory: one block.
#pragma once

#include <memory>
#include <optional>

#include "store/segment/segment.h"
#include "store/segment/time_window.h"

namespace oncelog::store {

struct TopicCursorOptions {
  bool descending = false;
  // Ascending: events from this sequence on; descending: from this one down; nullopt: all.
  std::optional<Sequence> from;
  TimeWindow window;
  bool keep_blocks = true;  // in the cache; false for a scan that will not come back
};

class TopicCursor {
 public:
  // `topic` as the segment's Topic() gave it.
  TopicCursor(std::shared_ptr<const Segment> segment, const SegmentTopic& topic,
              const TopicCursorOptions& options);

  // False behind the last one.
  Result<bool> Next();
  [[nodiscard]] SegmentEvent event() const { return block_->event(place_ - block_first_); }
  [[nodiscard]] event::IndexEntry identity() const {
    return block_->identity(place_ - block_first_);
  }
  // How many events have been passed, those of blocks outside the window included.
  [[nodiscard]] uint64_t passed() const { return passed_; }

 private:
  Status EnterBlock(uint32_t place);

  const std::shared_ptr<const Segment> segment_;
  const SegmentTopic topic_;
  const TopicCursorOptions options_;
  uint64_t left_ = 0;  // events not yet passed
  uint64_t passed_ = 0;
  uint32_t next_ = 0;   // the place to look at next, if any is left
  uint32_t place_ = 0;  // of event()
  std::shared_ptr<const EventBlock> block_;
  uint32_t block_first_ = 0, block_end_ = 0;  // places in it
};

}  // namespace oncelog::store
