#include "store/read/log_scan.h"

#include <algorithm>

namespace oncelog::store {
namespace {

constexpr size_t kChunkFrames = 256;

uint64_t FrameEnd(const FrameRef& frame) { return frame.first_position.value + frame.records; }

}  // namespace

LogScan::LogScan(const DurableState& state, uint64_t store_seed, const ScanOptions& options,
                 const Visitor& visit)
    : state_(state),
      options_(options),
      pinned_(state.Pin()),
      page_(options, visit),
      fetcher_(store_seed) {}

Result<ScanEnd> LogScan::Run() {
  const uint64_t end = pinned_.end.value;
  if (options_.descending) {
    const uint64_t before = options_.after.value_or(end);
    if (Status s = Down(std::min(before, end)); !s.ok()) return s.error();
    return page_.End(before);
  }
  // Position 0 is never an event's: the record that names its topic comes first.
  const uint64_t after = options_.after.value_or(0);
  if (Status s = Up(after + 1); !s.ok()) return s.error();
  return page_.End(after);
}

Status LogScan::Up(uint64_t from) {
  while (from < pinned_.end.value && !page_.full()) {
    const Result<const LogFile*> file = FindFrames(from);
    if (!file.ok()) return file.error();
    if (*file == nullptr) break;
    for (const FrameRef& frame : frames_) {
      if (page_.full() || frame.first_position >= pinned_.end) return OkStatus();
      if (page_.Wants(frame.received_at)) {
        if (Status s = VisitFrameUp(**file, frame, from); !s.ok()) return s;
      } else {
        page_.Skip(FrameEnd(frame) - 1);
      }
      from = FrameEnd(frame);
    }
  }
  return OkStatus();
}

Status LogScan::Down(uint64_t before) {
  while (before > 0 && !page_.full()) {
    const Result<const LogFile*> file = FindFrames(before - 1);
    if (!file.ok()) return file.error();
    if (*file == nullptr) break;
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
      if (page_.full()) return OkStatus();
      if (page_.Wants(frame->received_at)) {
        if (Status s = VisitFrameDown(**file, *frame, before); !s.ok()) return s;
      } else {
        page_.Skip(frame->first_position.value);
      }
      before = frame->first_position.value;
    }
  }
  return OkStatus();
}

const LogFile* LogScan::FileOf(uint64_t position, size_t* number) const {
  const LogFiles& files = *pinned_.files;
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
  if (file == nullptr) return file;
  const DurableState::IndexLease lease = state_.Lease(*file);
  const auto holder = LastFrame(
      *lease.index, [&](const FrameRef& frame) { return frame.first_position.value <= position; });
  if (!holder.ok()) return holder.error();
  const Result<size_t> count = lease.index->FrameCount();
  if (!count.ok()) return count.error();
  if (!holder->has_value()) return static_cast<const LogFile*>(nullptr);
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
  return file;
}

Status LogScan::VisitFrameUp(const LogFile& file, const FrameRef& frame, uint64_t from) {
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
  page_.Offer({record->json,
               record->entry.sequence(),
               {position},
               frame.received_at,
               record->timestamp,
               record->source},
              position);
  return OkStatus();
}

}  // namespace oncelog::store
