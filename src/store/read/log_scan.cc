#include "store/read/log_scan.h"

#include <algorithm>

#include "store/read/segment_search.h"

namespace oncelog::store {
namespace {

constexpr size_t kChunkFrames = 256;

struct KeptCursor : ScanMemory {
  std::unique_ptr<OrderCursor> cursor;
};

uint64_t FrameEnd(const FrameRef& frame) { return frame.first_position.value + frame.records; }

}  // namespace

LogScan::LogScan(const DurableState& state, uint64_t store_seed, const ScanOptions& options,
                 const Visitor& visit)
    : state_(state),
      options_(options),
      pinned_(state.Pin()),
      page_(state, options, visit),
      fetcher_(store_seed) {
  if (options.memory == nullptr || *options.memory == nullptr) return;
  cursor_ = std::move(static_cast<KeptCursor&>(**options.memory).cursor);
}

Result<ScanEnd> LogScan::Run() {
  const uint64_t end = pinned_.end.value;
  if (options_.descending) {
    const uint64_t before = options_.after.value_or(end);
    if (Status s = Down(std::min(before, end)); !s.ok()) return s.error();
    KeepCursor();
    return page_.End(before, pinned_.readable);
  }
  // Position 0 is never an event's: the record that names its topic comes first.
  const uint64_t after = options_.after.value_or(0);
  if (Status s = Up(after + 1); !s.ok()) return s.error();
  KeepCursor();
  return page_.End(after, pinned_.readable);
}

OrderCursor& LogScan::CursorAt(const std::shared_ptr<const Segment>& segment, uint64_t position) {
  if (cursor_ != nullptr && cursor_->segment() == segment) {
    cursor_->Seek(Position{position});
    return *cursor_;
  }
  const size_t stretch = cursor_ == nullptr ? 0 : cursor_->stretch();
  cursor_.reset();  // gives back its large stretch, which the next one needs
  cursor_ =
      std::make_unique<OrderCursor>(segment, OrderCursorOptions{.descending = options_.descending,
                                                                .from = Position{position},
                                                                .window = page_.window(),
                                                                .only_events = true,
                                                                .stretch = stretch});
  return *cursor_;
}

void LogScan::KeepCursor() {
  if (options_.memory == nullptr || cursor_ == nullptr) return;
  if (!page_.full() || !cursor_->ReserveLarge()) return;
  auto kept = std::make_unique<KeptCursor>();
  kept->cursor = std::move(cursor_);
  *options_.memory = std::move(kept);
}

Status LogScan::Up(uint64_t from) {
  while (from < pinned_.end.value && !page_.full()) {
    const auto segment = FindSegmentOf(pinned_.files->segments, Position{from});
    const Status s = segment == nullptr ? UpFrames(&from) : UpSegment(segment, &from);
    if (!s.ok()) return s;
  }
  return OkStatus();
}

Status LogScan::Down(uint64_t before) {
  while (before > 0 && !page_.full()) {
    const auto segment = FindSegmentOf(pinned_.files->segments, Position{before - 1});
    const Status s = segment == nullptr ? DownFrames(&before) : DownSegment(segment, &before);
    if (!s.ok()) return s;
  }
  return OkStatus();
}

Status LogScan::UpSegment(const std::shared_ptr<const Segment>& segment, uint64_t* at) {
  const uint64_t end = segment->header().end_position.value;
  OrderCursor& cursor = CursorAt(segment, *at);
  while (*at < end && !page_.full()) {
    const Result<bool> more = cursor.Next();
    if (!more.ok()) return more.error();
    const uint64_t next = *more ? cursor.position().value : end;
    if (next > *at) page_.Skip(next - 1);  // other records, and stretches where nothing is wanted
    if (*more) page_.OfferSegment(cursor.event(), {next}, next);
    *at = *more ? next + 1 : end;
  }
  return OkStatus();
}

Status LogScan::DownSegment(const std::shared_ptr<const Segment>& segment, uint64_t* at) {
  const uint64_t first = segment->header().first_position.value;
  OrderCursor& cursor = CursorAt(segment, *at - 1);
  while (*at > first && !page_.full()) {
    const Result<bool> more = cursor.Next();
    if (!more.ok()) return more.error();
    const uint64_t next = *more ? cursor.position().value : first;
    if (next + (*more ? 1 : 0) < *at) page_.Skip(next + (*more ? 1 : 0));
    if (*more) page_.OfferSegment(cursor.event(), {next}, next);
    *at = next;
  }
  return OkStatus();
}

Status LogScan::UpFrames(uint64_t* at) {
  const Result<const LogFile*> file = FindFrames(*at);
  if (!file.ok()) return file.error();
  for (const FrameRef& frame : frames_) {
    if (page_.full() || frame.first_position >= pinned_.end) break;
    if (page_.Wants(frame.received_at)) {
      if (Status s = VisitFrameUp(**file, frame, *at); !s.ok()) return s;
    } else {
      page_.Skip(FrameEnd(frame) - 1);
    }
    *at = FrameEnd(frame);
  }
  return OkStatus();
}

Status LogScan::DownFrames(uint64_t* at) {
  const Result<const LogFile*> file = FindFrames(*at - 1);
  if (!file.ok()) return file.error();
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    if (page_.full()) break;
    if (page_.Wants(frame->received_at)) {
      if (Status s = VisitFrameDown(**file, *frame, *at); !s.ok()) return s;
    } else {
      page_.Skip(frame->first_position.value);
    }
    *at = frame->first_position.value;
  }
  return OkStatus();
}

const LogFile* LogScan::FileOf(uint64_t position, size_t* number) const {
  const LogFiles& files = pinned_.files->logs;
  const auto behind =
      std::upper_bound(files.begin(), files.end(), position,
                       [](uint64_t p, const auto& file) { return p < file->first_position.value; });
  if (behind == files.begin()) return nullptr;
  *number = static_cast<size_t>(behind - files.begin()) - 1;
  return files[*number].get();
}

Result<const LogFile*> LogScan::FindFrames(uint64_t position) {
  frames_.clear();
  size_t number = 0;
  const LogFile* file = FileOf(position, &number);
  if (file == nullptr) {
    return Error(Code::kDamaged, "position " + std::to_string(position) +
                                     " is in no segment and no log file though it was acked");
  }
  const DurableState::IndexLease lease = state_.Lease(*file);
  const auto holder = LastFrame(
      *lease.index, [&](const FrameRef& frame) { return frame.first_position.value <= position; });
  if (!holder.ok()) return holder.error();
  const Result<size_t> count = lease.index->FrameCount();
  if (!count.ok()) return count.error();
  const Error missing(Code::kDamaged, file->file->path() + ": position " +
                                          std::to_string(position) +
                                          " is not there though it was acked");
  if (!holder->has_value()) return missing;
  size_t begin = **holder;
  size_t end = std::min(*count, begin + kChunkFrames);
  if (options_.descending) {
    end = begin + 1;
    begin = end > kChunkFrames ? end - kChunkFrames : 0;
  }
  for (size_t i = begin; i < end; ++i) {
    const Result<FrameRef> frame = lease.index->Frame(i);
    if (!frame.ok()) return frame.error();
    frames_.push_back(*frame);
  }
  if (FrameEnd(options_.descending ? frames_.back() : frames_.front()) <= position) return missing;
  return file;
}

Status LogScan::VisitFrameUp(const LogFile& file, const FrameRef& frame, uint64_t from) {
  if (Status s = fetcher_.CheckFrame(file, frame); !s.ok()) return s;
  uint64_t offset = frame.offset + kFrameHeaderBytes;
  for (uint32_t i = 0; i < frame.records && !page_.full(); ++i) {
    const uint64_t position = frame.first_position.value + i;
    uint32_t bytes = 0;
    if (position < from) {
      const Result<uint32_t> length = fetcher_.LengthAt(file, offset);
      if (!length.ok()) return length.error();
      bytes = *length;
    } else if (Status s = VisitRecord(file, offset, frame, position, &bytes); !s.ok()) {
      return s;
    }
    offset += bytes;
  }
  return OkStatus();
}

Status LogScan::VisitFrameDown(const LogFile& file, const FrameRef& frame, uint64_t before) {
  if (Status s = fetcher_.CheckFrame(file, frame); !s.ok()) return s;
  offsets_.clear();
  uint64_t offset = frame.offset + kFrameHeaderBytes;
  for (uint64_t p = frame.first_position.value; p < std::min(before, FrameEnd(frame)); ++p) {
    offsets_.push_back(offset);
    const Result<uint32_t> length = fetcher_.LengthAt(file, offset);
    if (!length.ok()) return length.error();
    offset += *length;
  }
  for (size_t i = offsets_.size(); i > 0 && !page_.full(); --i) {
    uint32_t bytes = 0;
    const uint64_t position = frame.first_position.value + i - 1;
    if (Status s = VisitRecord(file, offsets_[i - 1], frame, position, &bytes); !s.ok()) return s;
  }
  return OkStatus();
}

Status LogScan::VisitRecord(const LogFile& file, uint64_t offset, const FrameRef& frame,
                            uint64_t position, uint32_t* length) {
  const Result<event::RecordView> record = fetcher_.Fetch(file, offset);
  if (!record.ok()) return record.error();
  *length = static_cast<uint32_t>(record->bytes.size());
  if (record->kind != event::RecordKind::kEvent) {
    page_.Skip(position);
    return OkStatus();
  }
  page_.Offer(record->topic,
              {record->json,
               record->entry.sequence(),
               {position},
               frame.received_at,
               record->timestamp,
               record->source},
              position);
  return OkStatus();
}

}  // namespace oncelog::store
