#include "store/read/topic_scan.h"

#include <algorithm>

#include "store/segment/topic_cursor.h"

namespace oncelog::store {
namespace {

constexpr size_t kChunkEvents = 1024;

}  // namespace

TopicScan::TopicScan(const DurableState& state, uint64_t store_seed, DurableState::TopicHead topic,
                     const ScanOptions& options, const Visitor& visit)
    : state_(state),
      topic_(topic),
      options_(options),
      pinned_(state.Pin()),
      page_(state, options, visit),
      fetcher_(store_seed),
      chunk_(options.filtered() ? kChunkEvents : std::min(options.limit, kChunkEvents - 1) + 1) {}

Result<ScanEnd> TopicScan::Run() {
  const uint64_t head = topic_.head.value;
  if (options_.descending) {
    const uint64_t before = options_.after.value_or(head + 1);
    if (Status s = Down(std::min(before, head + 1)); !s.ok()) return s.error();
    return page_.End(before, topic_.readable);
  }
  const uint64_t after = std::max(options_.after.value_or(0), topic_.first_kept.value - 1);
  if (Status s = Up(after); !s.ok()) return s.error();
  return page_.End(after, topic_.readable);
}

Status TopicScan::Up(uint64_t after) {
  while (after < topic_.head.value && !page_.full()) {
    const auto in = FindSegmentOf(pinned_.files->segments, topic_.id, Sequence{after + 1});
    if (!in.ok()) return in.error();
    const Status s = in->has_value() ? UpSegment(**in, &after) : UpLogs(&after);
    if (!s.ok()) return s;
  }
  return OkStatus();
}

Status TopicScan::Down(uint64_t before) {
  while (before > topic_.first_kept.value && !page_.full()) {
    const auto in = FindSegmentOf(pinned_.files->segments, topic_.id, Sequence{before - 1});
    if (!in.ok()) return in.error();
    const Status s = in->has_value() ? DownSegment(**in, &before) : DownLogs(&before);
    if (!s.ok()) return s;
  }
  return OkStatus();
}

Status TopicScan::UpSegment(const TopicInSegment& in, uint64_t* at) {
  const uint64_t last = std::min(in.topic.last().value, topic_.head.value);
  TopicCursor cursor(in.segment, in.topic, {.from = Sequence{*at + 1}, .window = page_.window()});
  while (*at < last && !page_.full()) {
    const Result<bool> more = cursor.Next();
    if (!more.ok()) return more.error();
    const uint64_t next = *more ? std::min(cursor.event().sequence.value, last + 1) : last + 1;
    if (next > *at + 1) page_.Skip(next - 1);  // blocks in which nothing is wanted
    *at = std::min(next, last);
    if (next <= last) page_.OfferSegment(cursor.event(), {}, next);
  }
  return OkStatus();
}

Status TopicScan::DownSegment(const TopicInSegment& in, uint64_t* at) {
  const uint64_t first = std::max(in.topic.first.value, topic_.first_kept.value);
  TopicCursor cursor(in.segment, in.topic,
                     {.descending = true, .from = Sequence{*at - 1}, .window = page_.window()});
  while (*at > first && !page_.full()) {
    const Result<bool> more = cursor.Next();
    if (!more.ok()) return more.error();
    const bool wanted = *more && cursor.event().sequence.value >= first;
    const uint64_t next = wanted ? cursor.event().sequence.value : first - 1;
    if (next + 1 < *at) page_.Skip(next + 1);
    *at = std::max(next, first);
    if (wanted) page_.OfferSegment(cursor.event(), {}, next);
  }
  return OkStatus();
}

Status TopicScan::UpLogs(uint64_t* at) {
  const uint64_t last = std::min(topic_.head.value, *at + chunk_);
  const Result<uint64_t> first = FindPlaces(*at + 1, last, *at + 1);
  if (!first.ok()) return first.error();
  for (const Place& place : places_) {
    if (Status s = Visit(place, ++*at); !s.ok()) return s;
    if (page_.full()) break;
  }
  return OkStatus();
}

Status TopicScan::DownLogs(uint64_t* at) {
  const uint64_t last = *at - 1;
  const uint64_t from =
      std::max(topic_.first_kept.value, last > chunk_ ? last - chunk_ + 1 : uint64_t{1});
  const Result<uint64_t> first = FindPlaces(from, last, last);
  if (!first.ok()) return first.error();
  for (auto place = places_.rbegin(); place != places_.rend(); ++place) {
    if (Status s = Visit(*place, --*at); !s.ok()) return s;
    if (page_.full()) break;
  }
  return OkStatus();
}

Result<uint64_t> TopicScan::FindPlaces(uint64_t first, uint64_t last, uint64_t anchor) {
  for (const std::shared_ptr<LogFile>& file : pinned_.files->logs) {
    const DurableState::IndexLease lease = state_.Lease(*file);
    const Result<TopicRange> range = lease.index->Range(topic_.id);
    if (!range.ok()) return range.error();
    const uint64_t begin = range->first.value;
    const uint64_t end = begin + range->count;
    if (range->count == 0 || anchor < begin || anchor >= end) continue;
    const uint64_t from = std::max(first, begin);
    offsets_.clear();
    places_.clear();
    Status s = lease.index->Offsets(topic_.id, {from}, std::min(last + 1, end) - from, &offsets_);
    if (s.ok()) s = AddPlaces(*file, *lease.index);
    if (!s.ok()) return s.error();
    return from;
  }
  return Error(Code::kDamaged,
               "sequence " + std::to_string(anchor) +
                   " of a topic is in no segment and no log file though it was acked");
}

Status TopicScan::AddPlaces(const LogFile& file, const TopicIndex& index) {
  FrameRef frame;
  uint64_t frame_end = 0;  // offset of the next frame; events of one frame come together
  const Result<size_t> frames = index.FrameCount();
  if (!frames.ok()) return frames.error();
  for (const uint32_t offset : offsets_) {
    if (offset >= frame_end) {
      const auto number =
          LastFrame(index, [&](const FrameRef& candidate) { return candidate.offset <= offset; });
      if (!number.ok()) return number.error();
      if (!number->has_value()) return Error(Code::kDamaged, "an event lies before all frames");
      const Result<FrameRef> found = index.Frame(**number);
      if (!found.ok()) return found.error();
      frame = *found;
      frame_end = UINT64_MAX;
      if (**number + 1 < *frames) {
        const Result<FrameRef> next = index.Frame(**number + 1);
        if (!next.ok()) return next.error();
        frame_end = next->offset;
      }
    }
    places_.push_back({&file, offset, frame.received_at});
  }
  return OkStatus();
}

Status TopicScan::Visit(const Place& place, uint64_t sequence) {
  if (!page_.Wants(place.received_at) || state_.IsGone(topic_.id, {sequence})) {
    page_.Skip(sequence);
    return OkStatus();
  }
  const Result<event::RecordView> record = fetcher_.Fetch(*place.file, place.offset);
  if (!record.ok()) return record.error();
  if (record->kind != event::RecordKind::kEvent || record->topic != topic_.id ||
      record->entry.sequence().value != sequence) {
    return Error(Code::kDamaged,
                 place.file->file->path() + ", offset " + std::to_string(place.offset) +
                     ": holds another event than sequence " + std::to_string(sequence));
  }
  page_.Offer(record->topic,
              {record->json, {sequence}, {}, place.received_at, record->timestamp, record->source},
              sequence);
  return OkStatus();
}

}  // namespace oncelog::store
