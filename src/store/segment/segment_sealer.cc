#include "store/segment/segment_sealer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/log/frame_records.h"

namespace oncelog::store {
namespace {

using event::RecordKind;
using event::RecordView;

constexpr uint64_t kInputBytesMax = uint64_t{2} << 30;
constexpr uint32_t kTopicIdEnd = uint32_t{1} << 24;  // far beyond what a store may have
constexpr uint32_t kGoneBit = uint32_t{1} << 31;
constexpr size_t kPaceBytes = size_t{1} << 20;
// So many events before its use an event's bytes are asked for.
constexpr size_t kAhead = 8;
constexpr size_t kAheadLines = 5;

Error DamagedLog(const SealInput& input, uint64_t offset, const std::string& what) {
  return {Code::kDamaged,
          input.file->path() + " at offset " + std::to_string(offset) + ": " + what};
}

// `offset` counts on over all inputs.
Error DamagedAt(std::span<const SealInput> inputs, uint64_t offset, const std::string& what) {
  size_t input = 0;
  while (offset >= inputs[input].end_offset) offset -= inputs[input++].end_offset;
  return DamagedLog(inputs[input], offset, what);
}

}  // namespace

SegmentSealer::SegmentSealer(FileSystem& fs, std::string directory, const SegmentTarget& target,
                             LogMemory& memory, SegmentPace pace, GonePredicate gone)
    : fs_(fs),
      directory_(std::move(directory)),
      target_(target),
      memory_(memory),
      pace_(std::move(pace)),
      gone_(std::move(gone)),
      position_(target.first_position) {}

Result<SegmentInfo> SegmentSealer::Seal(std::span<const SealInput> inputs) {
  Result<SegmentInfo> sealed = WriteAll(inputs);
  writer_.reset();  // an unfinished file goes with it
  return sealed;
}

Result<SegmentInfo> SegmentSealer::WriteAll(std::span<const SealInput> inputs) {
  uint64_t bytes = 0;
  for (const SealInput& input : inputs) bytes += input.end_offset;
  if (bytes > kInputBytesMax) {
    return Error(Code::kTooLarge, "a segment is made of at most 2 GiB of log");
  }
  Result<std::unique_ptr<SegmentWriter>> writer =
      SegmentWriter::Create(fs_, directory_, target_, pace_);
  if (!writer.ok()) return writer.error();
  writer_ = writer.Take();

  const std::span<char> log = memory_.Take(bytes);
  log_ = {log.data(), log.size()};
  uint64_t base = 0;
  for (const SealInput& input : inputs) {
    const std::span<char> to = log.subspan(base, input.end_offset);
    if (Status s = ReadLog(input, to, base); !s.ok()) return s.error();
    base += input.end_offset;
  }
  if (position_ != target_.end_position) {
    return Error(Code::kDamaged, "the log to be sealed as segment " + std::to_string(target_.id) +
                                     " ends at position " + std::to_string(position_.value) +
                                     " instead of " + std::to_string(target_.end_position.value));
  }
  if (Status s = CloseRecords(); !s.ok()) return s.error();
  SortByTopic();
  if (Status s = WriteEvents(inputs); !s.ok()) return s.error();
  if (Status s = WriteOrder(); !s.ok()) return s.error();
  if (Status s = WriteTopics(); !s.ok()) return s.error();
  writer_->SetLinks(first_link_, link_);
  writer_->SetStubs(stubs_);
  return writer_->Finish();
}

Status SegmentSealer::ReadLog(const SealInput& input, std::span<char> to, uint64_t base) {
  LogScanner scan(*input.file, input.file_id, target_.store_seed, to);
  LogScanner::State state = scan.Next();
  for (; state == LogScanner::State::kFrame; state = scan.Next()) {
    if (Status s = TakeFrame(scan, input, base); !s.ok()) return s;
    if (Status s = Pace(scan.header().size_on_disk()); !s.ok()) return s;
  }
  if (state == LogScanner::State::kError) return scan.error();
  if (state == LogScanner::State::kTooNew) {
    return Error(Code::kTooNew, input.file->path() + ": written by a newer version");
  }
  if (state != LogScanner::State::kEnd || scan.offset() != input.end_offset) {
    return DamagedLog(input, scan.offset(),
                      "there is no whole frame, position " + std::to_string(position_.value));
  }
  return OkStatus();
}

Status SegmentSealer::TakeFrame(const LogScanner& scan, const SealInput& input, uint64_t base) {
  const FrameHeader& frame = scan.header();
  if (!std::exchange(any_frame_, true)) {
    first_link_ = link_ = frame.link;
  }
  if (frame.link != link_ || frame.first_position != position_) {
    return DamagedLog(
        input, scan.offset(),
        "the frame does not follow the one before, position " + std::to_string(position_.value));
  }
  link_ = frame.checksum;
  if (frame.records == 0) return OkStatus();
  if (frame.end_position() > target_.end_position) {
    return DamagedLog(input, scan.offset(), "the log goes on behind its end");
  }
  frames_.push_back(frame.received_at);
  const uint64_t records_at = base + scan.offset() + kFrameHeaderBytes;
  Status s = ForEachRecord(frame, scan.payload(), target_.store_seed,
                           [&](const RecordView& record, size_t at) {
                             return TakeRecord(record, records_at + at, frame);
                           });
  if (s.ok()) return s;
  return s.error().code() == Code::kDamaged
             ? Status(DamagedLog(input, scan.offset(), s.error().message()))
             : s;
}

Status SegmentSealer::TakeRecord(const RecordView& record, uint64_t offset,
                                 const FrameHeader& frame) {
  const uint64_t number = position_.value - target_.first_position.value;
  if (number % kOrderBlockPositions == 0) order_times_.emplace_back();
  BlockEntry& times = order_times_.back();
  times.received_min = std::min(times.received_min, frame.received_at);
  times.received_max = std::max(times.received_max, frame.received_at);
  if (record.kind == RecordKind::kEvent) {
    if (record.topic.value >= kTopicIdEnd) {
      return Error(Code::kDamaged, "an event names a topic that cannot be");
    }
    const bool gone = gone_ && gone_(record.topic, record.entry.sequence());
    times.CountTimes(gone ? kNoTimestamp : record.timestamp, frame.received_at);
    event_topics_.push_back(record.topic.value);
    const auto frame_number = static_cast<uint32_t>(frames_.size() - 1);
    events_.push_back({static_cast<uint32_t>(offset), frame_number | (gone ? kGoneBit : 0)});
    if (gone) ++stubs_;
    if (record.topic.value >= topic_events_.size()) topic_events_.resize(record.topic.value + 1);
    ++topic_events_[record.topic.value];
  } else {
    const std::string_view bytes = WithoutGone(record, gone_, target_.store_seed, &blank_);
    if (!records_block_.HasRoomFor(bytes)) {
      if (Status s = CloseRecords(); !s.ok()) return s;
    }
    records_block_.Add(position_, frame.received_at, bytes);
    record_positions_.push_back(static_cast<uint32_t>(number));
  }
  ++position_.value;
  return OkStatus();
}

Status SegmentSealer::CloseRecords() {
  if (records_block_.empty()) return OkStatus();
  const BlockEntry entry = records_block_.Finish(compressor_, &stored_);
  return writer_->Add(BlockKind::kRecords, entry, stored_);
}

// The log has a topic's events in order of sequence already.
void SegmentSealer::SortByTopic() {
  uint32_t place = 0;
  for (uint32_t id = 0; id < topic_events_.size(); ++id) {
    const uint32_t events = std::exchange(topic_events_[id], place);
    if (events > 0) topics_.push_back({{id}, events, {}, place});
    place += events;
  }
  std::vector<LogEvent> sorted(events_.size());
  for (size_t i = 0; i < events_.size(); ++i) {
    sorted[topic_events_[event_topics_[i]]++] = events_[i];
  }
  events_ = std::move(sorted);
}

Status SegmentSealer::WriteEvents(std::span<const SealInput> inputs) {
  for (SegmentTopic& topic : topics_) {
    for (uint32_t i = 0; i < topic.events; ++i) {
      const size_t place = size_t{topic.first_place} + i;
      if (place + kAhead < events_.size()) {
        const char* ahead = log_.data() + events_[place + kAhead].offset;
        for (size_t line = 0; line < kAheadLines; ++line) __builtin_prefetch(ahead + line * 64);
      }
      const Result<RecordView> record = EventAt(events_[place], i, &topic);
      if (!record.ok()) return DamagedAt(inputs, events_[place].offset, record.error().message());
      if (Status s = AddEvent(events_[place], *record); !s.ok()) return s;
    }
  }
  return CloseEvents();
}

// The `number`-th of its topic's in this segment.
Result<RecordView> SegmentSealer::EventAt(const LogEvent& place, uint32_t number,
                                          SegmentTopic* topic) const {
  Result<RecordView> record =
      event::ParseRecord(log_.substr(place.offset), target_.store_seed, /*verify=*/true);
  if (!record.ok()) return record;
  const Sequence sequence = record->entry.sequence();
  if (number == 0) topic->first = sequence;
  if (record->kind != RecordKind::kEvent || record->topic != topic->topic || sequence.value == 0 ||
      sequence.value != topic->first.value + number) {
    return Error(Code::kDamaged, "topic number " + std::to_string(topic->topic.value) +
                                     " goes on at sequence " + std::to_string(sequence.value) +
                                     " instead of " + std::to_string(topic->first.value + number));
  }
  return record;
}

Status SegmentSealer::AddEvent(const LogEvent& place, const RecordView& record) {
  const bool gone = (place.frame_and_gone & kGoneBit) != 0;
  const RecordView stub = gone ? StubOf(record) : RecordView();
  const RecordView& row = gone ? stub : record;
  if (!events_block_.HasRoomFor(row)) {
    if (Status s = CloseEvents(); !s.ok()) return s;
  }
  events_block_.Add(row, frames_[place.frame_and_gone & ~kGoneBit]);
  return OkStatus();
}

Status SegmentSealer::CloseEvents() {
  if (events_block_.empty()) return OkStatus();
  const BlockEntry entry = events_block_.Finish(compressor_, &stored_);
  return writer_->Add(BlockKind::kEvents, entry, stored_);
}

Status SegmentSealer::WriteOrder() {
  std::vector<uint32_t> next_place;
  for (uint32_t i = 0; i < topics_.size(); ++i) {
    topic_events_[topics_[i].topic.value] = i;
    next_place.push_back(topics_[i].first_place);
  }
  OrderEncoder encoder(topics_.size());
  std::vector<OrderEncoder::Item> items;
  std::string raw;
  uint32_t event = 0;
  uint32_t record = 0;
  for (const BlockEntry& times : order_times_) {
    const uint64_t left = uint64_t{event} + record + kOrderBlockPositions;
    const uint64_t end = std::min<uint64_t>(left, events_.size() + record_positions_.size());
    items.clear();
    for (uint32_t position = event + record; position < end; ++position) {
      if (record < record_positions_.size() && record_positions_[record] == position) {
        items.push_back({OrderEncoder::kNoTopic, record++});
      } else {
        const uint32_t topic = topic_events_[event_topics_[event++]];
        items.push_back({topic, next_place[topic]++});
      }
    }
    encoder.Encode(items, &raw);
    stored_.clear();
    compressor_.Append(raw, &stored_);
    BlockEntry entry = times;
    entry.items = static_cast<uint32_t>(items.size());
    entry.raw_bytes = static_cast<uint32_t>(raw.size());
    entry.stored_bytes = static_cast<uint32_t>(stored_.size());
    if (Status s = writer_->Add(BlockKind::kOrder, entry, stored_); !s.ok()) return s;
  }
  return OkStatus();
}

Status SegmentSealer::WriteTopics() {
  const std::span<const SegmentTopic> all = topics_;
  for (size_t at = 0; at < all.size(); at += kTopicBlockTopics) {
    const size_t count = std::min<size_t>(kTopicBlockTopics, all.size() - at);
    const BlockEntry entry = StoreTopics(all.subspan(at, count), compressor_, &stored_);
    if (Status s = writer_->Add(BlockKind::kTopics, entry, stored_); !s.ok()) return s;
  }
  return OkStatus();
}

Status SegmentSealer::Pace(size_t bytes) {
  unpaced_bytes_ += bytes;
  if (unpaced_bytes_ < kPaceBytes || !pace_) return OkStatus();
  if (!pace_(std::exchange(unpaced_bytes_, 0))) {
    return Error(Code::kBusy, "sealing segment " + std::to_string(target_.id) + " was given up");
  }
  return OkStatus();
}

}  // namespace oncelog::store
