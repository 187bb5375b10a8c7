#include "store/read/topic_scan.h"

#include <algorithm>

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
      page_(options, visit),
      fetcher_(store_seed),
      chunk_(options.filtered() ? kChunkEvents : std::min(options.limit, kChunkEvents - 1) + 1) {}

Result<ScanEnd> TopicScan::Run() {
  const uint64_t head = topic_.head.value;
  if (options_.descending) {
    const uint64_t before = options_.after.value_or(head + 1);
    if (Status s = Down(std::min(before, head + 1)); !s.ok()) return s.error();
    return page_.End(before);
  }
  const uint64_t after = options_.after.value_or(0);
  if (Status s = Up(after); !s.ok()) return s.error();
  return page_.End(after);
}

Status TopicScan::Up(uint64_t after) {
  const uint64_t head = topic_.head.value;
  while (after < head && !page_.full()) {
    const uint64_t last = std::min(head, after + chunk_);
    const Result<uint64_t> first = FindPlaces(after + 1, last, after + 1);
    if (!first.ok()) return first.error();
    for (const Place& place : places_) {
      if (Status s = Visit(place, ++after); !s.ok()) return s;
      if (page_.full()) break;
    }
  }
  return OkStatus();
}

Status TopicScan::Down(uint64_t before) {
  while (before > 1 && !page_.full()) {
    const uint64_t last = before - 1;
    const uint64_t from = last > chunk_ ? last - chunk_ + 1 : 1;
    const Result<uint64_t> first = FindPlaces(from, last, last);
    if (!first.ok()) return first.error();
    for (auto place = places_.rbegin(); place != places_.rend(); ++place) {
      if (Status s = Visit(*place, --before); !s.ok()) return s;
      if (page_.full()) break;
    }
  }
  return OkStatus();
}

Result<uint64_t> TopicScan::FindPlaces(uint64_t first, uint64_t last, uint64_t anchor) {
  for (const std::shared_ptr<LogFile>& file : *pinned_.files) {
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
  return Error(Code::kDamaged, "sequence " + std::to_string(anchor) +
                                   " of a topic is in no log file though it was acked");
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
  if (!page_.Wants(place.received_at)) {
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
  page_.Offer({record->json, {sequence}, {}, place.received_at, record->timestamp, record->source},
              sequence);
  return OkStatus();
}

}  // namespace oncelog::store
