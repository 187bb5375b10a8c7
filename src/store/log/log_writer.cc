#include "store/log/log_writer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace oncelog::store {

LogWriter::LogWriter(LogAllocator& allocator, std::shared_ptr<LogFile> file, LogPoint next,
                     UnixMs last_received_at, uint64_t store_seed)
    : allocator_(allocator),
      store_seed_(store_seed),
      file_(std::move(file)),
      next_(next),
      last_received_at_(last_received_at) {}

bool LogWriter::FileHasRoom(uint64_t frame_bytes) const {
  if (file_ == nullptr) return false;  // the disk was full when the store was opened
  // The last block of a file is kept for a commit mark, which must never need a new file.
  return next_.offset + RoundUpToBlock(frame_bytes) + kBlockBytes <= file_->capacity_bytes;
}

bool LogWriter::HasRoomForMark() const {
  return !leaving_ && file_ != nullptr && next_.offset + kBlockBytes <= file_->capacity_bytes;
}

Status LogWriter::Reserve(uint64_t frame_bytes) {
  if (HasRoom(frame_bytes)) return OkStatus();
  Result<std::shared_ptr<LogFile>> file =
      allocator_.Take(RoundUpToBlock(frame_bytes) + kBlockBytes);
  if (!file.ok()) {
    if (!std::exchange(leaving_, false) || !FileHasRoom(frame_bytes)) return file.error();
    return OkStatus();  // it stays for now: no reason to refuse anything
  }
  leaving_ = false;
  file_ = file.Take();
  next_.file_id = file_->id;
  next_.offset = 0;
  return OkStatus();
}

Placement LogWriter::Place(FrameBuilder* frame, UnixMs now, bool mark) {
  last_received_at_ = std::max(last_received_at_, now);
  FrameHeader header;
  header.file_id = file_->id;
  header.first_position = next_.position;
  header.received_at = last_received_at_;
  header.durable_position = next_.position;
  header.link = next_.link;
  header.mark = mark;
  frame->Finish(header, store_seed_);
  Check(frame->header().payload_bytes <= kFrameBytesMax, "a frame is within its limit");
  Check(next_.offset + frame->bytes().size() <= file_->capacity_bytes, "a frame fits its file");

  Placement placed{file_, next_.offset, {}};
  next_.position = frame->header().end_position();
  next_.offset += frame->bytes().size();
  next_.link = frame->header().checksum;
  placed.end = next_;
  return placed;
}

}  // namespace oncelog::store
