#include "store/segment/order_cursor.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "store/segment/uuid_text.h"

namespace oncelog::store {
namespace {

constexpr size_t kStretchMin = 64;
constexpr size_t kStretchSmall = 16'384;
constexpr size_t kStretchLarge = 262'144;
constexpr size_t kSmallBytes = size_t{4} << 20;  // of text
constexpr size_t kLargeBytes = size_t{64} << 20;

}  // namespace

OrderCursor::OrderCursor(std::shared_ptr<const Segment> segment, const OrderCursorOptions& options)
    : segment_(std::move(segment)),
      options_(options),
      stretch_max_(std::clamp(options.stretch, kStretchMin, kStretchLarge)) {
  Seek(options.from);
}

void OrderCursor::Seek(std::optional<Position> wanted) {
  const uint64_t first = segment_->header().first_position.value;
  const uint64_t end = segment_->header().end_position.value;
  left_ = 0;
  if (first == end) return;
  if (options_.descending) {
    const uint64_t from = std::min(wanted.value_or(Position{end - 1}).value, end - 1);
    left_ = from < first ? 0 : from - first + 1;
    next_ = static_cast<uint32_t>(left_ == 0 ? 0 : left_ - 1);
  } else {
    const uint64_t from = std::max(wanted.value_or(Position{first}).value, first);
    left_ = from >= end ? 0 : end - from;
    next_ = static_cast<uint32_t>(end - first - left_);
  }
}

bool OrderCursor::ReserveLarge() {
  if (!large_) large_ = segment_->cache().TakeLargeStretch();
  return static_cast<bool>(large_);
}

Result<bool> OrderCursor::Next() {
  while (left_ > 0) {
    if (next_ < order_first_ || next_ >= order_end_) {
      if (Status s = EnterOrder(); !s.ok()) return s.error();
    }
    const uint64_t of_block = std::min<uint64_t>(
        left_, options_.descending ? next_ - order_first_ + 1 : order_end_ - next_);
    const uint32_t count = order_ == nullptr ? static_cast<uint32_t>(of_block) : 1;
    at_ = next_;
    left_ -= count;
    passed_ += count;
    next_ = options_.descending ? next_ - count : next_ + count;
    if (order_ == nullptr) continue;
    item_ = order_->item(at_ - order_first_);
    if (!item_.is_event && options_.only_events) continue;
    if (Status s = item_.is_event ? FetchStretch() : EnterRecords(); !s.ok()) return s.error();
    return true;
  }
  return false;
}

Result<std::shared_ptr<const OrderBlock>> OrderCursor::OrderOf(uint32_t position,
                                                               const BlockEntry** entry) {
  const size_t number = segment_->BlockOf(BlockKind::kOrder, position);
  *entry = &segment_->blocks(BlockKind::kOrder)[number];
  if (!options_.window.MayHold(**entry)) return std::shared_ptr<const OrderBlock>();
  return segment_->Order(number);
}

Status OrderCursor::EnterOrder() {
  const BlockEntry* entry = nullptr;
  Result<std::shared_ptr<const OrderBlock>> order = OrderOf(next_, &entry);
  if (!order.ok()) return order.error();
  order_ = order.Take();
  order_first_ = entry->first;
  order_end_ = entry->end();
  return OkStatus();
}

// Nothing to do while the position is in the stretch at hand.
Status OrderCursor::FetchStretch() {
  if (at_ >= stretch_first_ && at_ - stretch_first_ < stretch_.size()) return OkStatus();
  GrowStretch();
  ChooseStretch();
  Status s = FetchWanted();
  if (!s.ok() && stretch_.size() > kStretchMin) {
    // What is damaged may lie far behind what is wanted now.
    stretch_max_ = kStretchMin;
    ChooseStretch();
    s = FetchWanted();
  }
  if (!s.ok()) stretch_.clear();
  return s;
}

// The first one is as it was asked for.
void OrderCursor::GrowStretch() {
  if (!stretch_.empty()) stretch_max_ = std::min(kStretchLarge, stretch_max_ * 2);
  if (stretch_max_ > kStretchSmall && !ReserveLarge()) stretch_max_ = kStretchSmall;
}

Status OrderCursor::FetchWanted() {
  const bool keep = stretch_.size() <= kStretchSmall;  // a long scan is not to flush the cache
  text_.clear();
  std::shared_ptr<const EventBlock> block;
  for (size_t i = 0; i < wanted_.size(); ++i) {
    const Wanted& wanted = wanted_[i];
    if (i == 0 || wanted.block != wanted_[i - 1].block) {
      Result<std::shared_ptr<const EventBlock>> next = segment_->Events(wanted.block, keep);
      if (!next.ok()) return next.error();
      block = next.Take();
    }
    Fetch(*block, wanted);
  }
  return OkStatus();
}

void OrderCursor::Fetch(const EventBlock& block, const Wanted& wanted) {
  const SegmentEvent event = block.event(wanted.in_block);
  stretch_[wanted.number] = {block.identity(wanted.in_block),
                             event.received_at,
                             event.timestamp.seconds,
                             event.timestamp.nanos,
                             event.topic,
                             static_cast<uint32_t>(text_.size()),
                             static_cast<uint32_t>(event.json.size()),
                             static_cast<uint32_t>(event.source.size())};
  text_ += event.source;
  text_ += event.json;
}

// From at_ on, over as many order blocks as it takes: which events, block by block.
void OrderCursor::ChooseStretch() {
  wanted_.clear();
  size_t bytes = 0;
  size_t count = 0;
  for (const size_t positions = std::min<size_t>(stretch_max_, left_ + 1); count < positions;) {
    const auto position = static_cast<uint32_t>(options_.descending ? at_ - count : at_ + count);
    const BlockEntry* entry = nullptr;
    // Whatever is wrong with a later block is said when it is reached.
    const Result<std::shared_ptr<const OrderBlock>> order = OrderOf(position, &entry);
    if (!order.ok() || *order == nullptr) break;
    const size_t here = ChooseFrom(**order, *entry, position, count, &bytes);
    if (here == 0) break;
    count += here;
  }
  stretch_first_ = options_.descending ? at_ - static_cast<uint32_t>(count) + 1 : at_;
  stretch_.resize(count);
  text_.reserve(bytes);
  for (Wanted& wanted : wanted_) {
    if (options_.descending) wanted.number = static_cast<uint32_t>(count) - 1 - wanted.number;
  }
  SortWanted();
}

// By block: counted first, then each to its place.
void OrderCursor::SortWanted() {
  block_ends_.assign(segment_->blocks(BlockKind::kEvents).size() + 1, 0);
  for (const Wanted& wanted : wanted_) ++block_ends_[wanted.block + 1];
  std::partial_sum(block_ends_.begin(), block_ends_.end(), block_ends_.begin());
  sorted_.resize(wanted_.size());
  for (const Wanted& wanted : wanted_) sorted_[block_ends_[wanted.block]++] = wanted;
  wanted_.swap(sorted_);
}

// Of one order block from `position` on, `chosen` having been chosen before; how many.
size_t OrderCursor::ChooseFrom(const OrderBlock& order, const BlockEntry& entry, uint32_t position,
                               size_t chosen, size_t* bytes) {
  const std::vector<BlockEntry>& blocks = segment_->blocks(BlockKind::kEvents);
  const size_t bytes_max = stretch_max_ > kStretchSmall ? kLargeBytes : kSmallBytes;
  const size_t here = options_.descending ? position - entry.first + 1 : entry.end() - position;
  const size_t positions =
      std::min({here, stretch_max_ - chosen, static_cast<size_t>(left_ + 1 - chosen)});
  size_t count = 0;
  for (; count < positions && *bytes < bytes_max; ++count) {
    const size_t at = options_.descending ? position - count : position + count;
    const OrderItem item = order.item(at - entry.first);
    if (!item.is_event) continue;
    const size_t number = segment_->BlockOf(BlockKind::kEvents, item.number);
    const BlockEntry& block = blocks[number];
    *bytes += block.raw_bytes / block.items + kUuidTextBytes;  // which may have been cut out
    wanted_.push_back({static_cast<uint32_t>(number), item.number - block.first,
                       static_cast<uint32_t>(chosen + count)});
  }
  return count;
}

SegmentEvent OrderCursor::event() const {
  const FetchedEvent& fetched = Fetched();
  const std::string_view text = std::string_view(text_).substr(fetched.text_at);
  return {fetched.topic,
          fetched.identity.sequence(),
          fetched.received_at,
          {fetched.seconds, fetched.nanos},
          text.substr(0, fetched.source_bytes),
          text.substr(fetched.source_bytes, fetched.json_bytes)};
}

Status OrderCursor::EnterRecords() {
  const size_t number = segment_->BlockOf(BlockKind::kRecords, item_.number);
  Result<std::shared_ptr<const RecordBlock>> block = segment_->Records(number);
  if (!block.ok()) return block.error();
  records_ = block.Take();
  in_records_ = item_.number - segment_->blocks(BlockKind::kRecords)[number].first;
  if (records_->record(in_records_).position != position()) {
    return segment_->DamagedBlock(BlockKind::kRecords, number,
                                  "its records are not at the positions the order has them");
  }
  return OkStatus();
}

}  // namespace oncelog::store
