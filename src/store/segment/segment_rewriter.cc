#include "store/segment/segment_rewriter.h"

#include <utility>

namespace oncelog::store {

SegmentRewriter::SegmentRewriter(FileSystem& fs, std::string directory, const SegmentTarget& target,
                                 SegmentPace pace, GonePredicate gone)
    : fs_(fs),
      directory_(std::move(directory)),
      target_(target),
      pace_(std::move(pace)),
      gone_(std::move(gone)) {}

Result<SegmentInfo> SegmentRewriter::Rewrite(const Segment& from) {
  Result<SegmentInfo> rewritten = WriteAll(from);
  writer_.reset();  // an unfinished file goes with it
  return rewritten;
}

Result<SegmentInfo> SegmentRewriter::WriteAll(const Segment& from) {
  Result<std::unique_ptr<SegmentWriter>> writer =
      SegmentWriter::Create(fs_, directory_, target_, pace_);
  if (!writer.ok()) return writer.error();
  writer_ = writer.Take();
  if (Status s = WriteRecords(from); !s.ok()) return s.error();
  if (Status s = FindOrder(from); !s.ok()) return s.error();
  if (Status s = WriteEvents(from); !s.ok()) return s.error();
  if (Status s = CopyBlocks(from, BlockKind::kOrder, &order_times_); !s.ok()) return s.error();
  if (Status s = CopyBlocks(from, BlockKind::kTopics, nullptr); !s.ok()) return s.error();
  writer_->SetLinks(from.header().first_link, from.header().end_link);
  writer_->SetStubs(stubs_);
  return writer_->Finish();
}

Status SegmentRewriter::WriteRecords(const Segment& from) {
  for (size_t n = 0; n < from.blocks(BlockKind::kRecords).size(); ++n) {
    const auto block = from.Records(n, /*keep=*/false);
    if (!block.ok()) return block.error();
    for (size_t i = 0; i < (*block)->size(); ++i) {
      const SegmentRecord& record = (*block)->record(i);
      const std::string_view bytes = WithoutGone(record.record, gone_, target_.store_seed, &blank_);
      if (!records_block_.HasRoomFor(bytes)) {
        if (Status s = CloseRecords(); !s.ok()) return s;
      }
      records_block_.Add(record.position, record.received_at, bytes);
    }
    if (Status s = Pace(from.blocks(BlockKind::kRecords)[n].raw_bytes); !s.ok()) return s;
  }
  return CloseRecords();
}

Status SegmentRewriter::CloseRecords() {
  if (records_block_.empty()) return OkStatus();
  const BlockEntry entry = records_block_.Finish(compressor_, &stored_);
  return writer_->Add(BlockKind::kRecords, entry, stored_);
}

// The smallest and largest timestamps of positions are counted anew, as those of stubs are gone.
Status SegmentRewriter::FindOrder(const Segment& from) {
  const size_t blocks = from.blocks(BlockKind::kOrder).size();
  order_of_place_.assign(from.header().events, 0);
  order_times_.assign(blocks, {});
  for (size_t n = 0; n < blocks; ++n) {
    const auto block = from.Order(n, /*keep=*/false);
    if (!block.ok()) return block.error();
    for (size_t i = 0; i < (*block)->size(); ++i) {
      const OrderItem item = (*block)->item(i);
      if (item.is_event) order_of_place_[item.number] = static_cast<uint32_t>(n);
    }
  }
  return OkStatus();
}

Status SegmentRewriter::WriteEvents(const Segment& from) {
  for (size_t n = 0; n < from.blocks(BlockKind::kEvents).size(); ++n) {
    const auto block = from.Events(n, /*keep=*/false);
    if (!block.ok()) return block.error();
    for (size_t i = 0; i < (*block)->size(); ++i) {
      if (Status s = WriteEvent(from, n, (*block)->event(i), (*block)->identity(i)); !s.ok()) {
        return s;
      }
    }
    if (Status s = Pace(from.blocks(BlockKind::kEvents)[n].raw_bytes); !s.ok()) return s;
  }
  return CloseEvents();
}

Status SegmentRewriter::WriteEvent(const Segment& from, size_t block, const SegmentEvent& event,
                                   const event::IndexEntry& identity) {
  const bool follows =
      place_ == 0 || event.topic > last_topic_ ||
      (event.topic == last_topic_ && event.sequence.value == last_sequence_.value + 1);
  if (!follows) {
    return from.DamagedBlock(BlockKind::kEvents, block, "it does not follow the one before");
  }
  last_topic_ = event.topic;
  last_sequence_ = event.sequence;
  event::RecordView row;
  row.topic = event.topic;
  row.entry = identity;
  row.timestamp = event.timestamp;
  row.source = event.source;
  row.json = event.json;
  const bool gone = event.is_stub() || (gone_ && gone_(event.topic, event.sequence));
  if (gone) {
    row = StubOf(row);
    ++stubs_;
  }
  order_times_[order_of_place_[place_++]].CountTimes(row.timestamp, event.received_at);
  if (!events_block_.HasRoomFor(row)) {
    if (Status s = CloseEvents(); !s.ok()) return s;
  }
  events_block_.Add(row, event.received_at);
  return OkStatus();
}

Status SegmentRewriter::CloseEvents() {
  if (events_block_.empty()) return OkStatus();
  const BlockEntry entry = events_block_.Finish(compressor_, &stored_);
  return writer_->Add(BlockKind::kEvents, entry, stored_);
}

Status SegmentRewriter::CopyBlocks(const Segment& from, BlockKind kind,
                                   const std::vector<BlockEntry>* times) {
  for (size_t n = 0; n < from.blocks(kind).size(); ++n) {
    const Result<std::string> stored = from.Stored(kind, n);
    if (!stored.ok()) return stored.error();
    BlockEntry entry = from.blocks(kind)[n];
    if (times != nullptr) {
      entry.timestamp_min = (*times)[n].timestamp_min;
      entry.timestamp_max = (*times)[n].timestamp_max;
    }
    if (Status s = writer_->Add(kind, entry, *stored); !s.ok()) return s;
  }
  return OkStatus();
}

Status SegmentRewriter::Pace(size_t bytes) {
  if (!pace_ || pace_(bytes)) return OkStatus();
  return Error(Code::kBusy, "rewriting segment " + std::to_string(target_.id) + " was given up");
}

}  // namespace oncelog::store
