// OrderCursor: all records of a segment in order of position, which is the order of durability, up
// or down.
//
//   OrderCursor cursor(segment, {.from = Position{4711}});
//   for (;;) {
//     Result<bool> more = cursor.Next();
//     if (!more.ok()) return more.error();
//     if (!*more) break;
//     if (cursor.is_event()) Use(cursor.position(), cursor.event());
//   }
//
// Neighbours in position lie in blocks of different topics. So events are fetched a stretch of
// positions at a time, each block of it decoded once and its events copied out: stretches grow from
// 64 positions, so that a short page costs little, to 262,144, so that a long scan of very many
// topics does not decode a block for each few events. Those of more than 16,384 positions need one
// of the few large stretches that a process has (block_cache.h); without it they grow no further.
// Threads: one. Ownership: keeps the segment open. What event() and record() give is valid until
// the next call. Errors: as segment.h says; what precedes a damaged block by more than 64 positions
// is given out before. Memory: a stretch, about 5 MB, or 88 MB if it is a large one (or one larger
// event), and a block.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/segment/segment.h"
#include "store/segment/time_window.h"

namespace oncelog::store {

struct OrderCursorOptions {
  bool descending = false;
  // Ascending: records from this position on; descending: from this one down; nullopt: all.
  std::optional<Position> from;
  // Passes over whole order blocks, 16,384 positions, in which no event matches; the records that
  // are no events go with them.
  TimeWindow window;
  bool only_events = false;  // records that are no events are passed over unread
  size_t stretch = 0;        // positions to begin with: what another cursor has come to; 0: few
};

class OrderCursor {
 public:
  OrderCursor(std::shared_ptr<const Segment> segment, const OrderCursorOptions& options);

  // Goes on from there, as if it had been made with that `from`; what is at hand stays at hand.
  void Seek(std::optional<Position> from);
  // Whether it may keep a large stretch; false if others have all there are.
  bool ReserveLarge();
  [[nodiscard]] const std::shared_ptr<const Segment>& segment() const { return segment_; }
  [[nodiscard]] size_t stretch() const { return stretch_max_; }

  // False behind the last one.
  Result<bool> Next();
  [[nodiscard]] Position position() const {
    return {segment_->header().first_position.value + at_};
  }
  [[nodiscard]] bool is_event() const { return item_.is_event; }
  [[nodiscard]] SegmentEvent event() const;
  [[nodiscard]] event::IndexEntry identity() const { return Fetched().identity; }
  [[nodiscard]] const SegmentRecord& record() const { return records_->record(in_records_); }
  // How many positions have been passed, also those of stretches outside the window.
  [[nodiscard]] uint64_t passed() const { return passed_; }

 private:
  // An event of the stretch; its source and JSON stand in text_, one behind the other.
  struct FetchedEvent {
    event::IndexEntry identity;  // with the sequence
    UnixMs received_at;
    int64_t seconds = 0;
    uint32_t nanos = 0;
    TopicId topic;
    uint32_t text_at = 0;
    uint32_t json_bytes = 0;
    uint32_t source_bytes = 0;
  };
  // An event to be fetched, and which of the stretch's it becomes.
  struct Wanted {
    uint32_t block, in_block;
    uint32_t number;
  };

  Status EnterOrder();
  // The order block that holds a position; nullptr if nothing in it is wanted.
  Result<std::shared_ptr<const OrderBlock>> OrderOf(uint32_t position, const BlockEntry** entry);
  Status FetchStretch();
  Status FetchWanted();
  void Fetch(const EventBlock& block, const Wanted& wanted);
  void GrowStretch();
  void ChooseStretch();
  size_t ChooseFrom(const OrderBlock& order, const BlockEntry& entry, uint32_t position,
                    size_t chosen, size_t* bytes);
  void SortWanted();
  [[nodiscard]] const FetchedEvent& Fetched() const { return stretch_[at_ - stretch_first_]; }
  Status EnterRecords();

  const std::shared_ptr<const Segment> segment_;
  const OrderCursorOptions options_;
  uint64_t left_ = 0;  // positions not yet passed
  uint64_t passed_ = 0;
  uint32_t next_ = 0;  // positions, counted from the segment's first
  uint32_t at_ = 0;
  OrderItem item_;
  std::shared_ptr<const OrderBlock> order_;
  uint32_t order_first_ = 0, order_end_ = 0;
  std::vector<FetchedEvent> stretch_;  // by position; anything where there is no event
  uint32_t stretch_first_ = 0;
  size_t stretch_max_;  // positions of the next one
  BlockCache::LargeStretch large_;
  std::vector<Wanted> wanted_, sorted_;
  std::vector<uint32_t> block_ends_;  // within wanted_, while it is sorted
  std::string text_;
  std::shared_ptr<const RecordBlock> records_;
  size_t in_records_ = 0;
};

}  // namespace oncelog::store
