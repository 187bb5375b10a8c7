#include "store/read/record_fetcher.h"

#include <algorithm>

#include "base/bytes.h"
#include "store/log/frame.h"

namespace oncelog::store {
namespace {

constexpr size_t kLoneWindowBytes = size_t{4} << 10;
constexpr size_t kRunningWindowBytes = size_t{256} << 10;
constexpr uint64_t kNearBytes = uint64_t{16} << 10;  // a step of less than this is reading on

}  // namespace

Result<event::RecordView> RecordFetcher::Fetch(const LogFile& file, uint64_t offset) {
  Result<uint32_t> length = LengthAt(file, offset);
  if (!length.ok()) return length.error();
  Result<std::string_view> bytes = View(file, offset, *length);
  if (!bytes.ok()) return bytes.error();
  Result<event::RecordView> record = event::ParseRecord(*bytes, store_seed_, /*verify=*/true);
  if (!record.ok()) return Damaged(file, offset);
  return record;
}

Status RecordFetcher::CheckFrame(const LogFile& file, const FrameRef& frame) {
  Result<std::string_view> head = View(file, frame.offset, kFrameHeaderBytes);
  if (!head.ok()) return head.error();
  FrameHeader header;
  const HeaderState state = DecodeFrameHeader(*head, file.id, store_seed_, &header);
  if (state == HeaderState::kValid && header.first_position == frame.first_position &&
      header.records == frame.records) {
    return OkStatus();
  }
  return Error(Code::kDamaged, file.file->path() + ", offset " + std::to_string(frame.offset) +
                                   ": the frame there is not the one that was written");
}

Result<uint32_t> RecordFetcher::LengthAt(const LogFile& file, uint64_t offset) {
  Result<std::string_view> head = View(file, offset, event::kRecordHeaderBytes);
  if (!head.ok()) return head.error();
  const auto length = LoadLe<uint32_t>(head->data());
  if (length < event::kRecordHeaderBytes || length > kFrameBytesMax) return Damaged(file, offset);
  return length;
}

Result<std::string_view> RecordFetcher::View(const LogFile& file, uint64_t offset, size_t bytes) {
  const uint64_t window_end = window_at_ + window_.size();
  const bool inside = file.id == file_id_ && offset >= window_at_ && offset + bytes <= window_end;
  if (!inside) {
    const bool reading_on = file.id == file_id_ && offset >= window_at_ &&
                            offset <= window_end + kNearBytes && !window_.empty();
    window_.resize(std::max(bytes, reading_on ? kRunningWindowBytes : kLoneWindowBytes));
    Result<size_t> got = file.file->ReadAt(offset, window_.data(), window_.size());
    if (!got.ok()) {
      window_.clear();
      return got.error();
    }
    window_.resize(*got);
    window_at_ = offset;
    file_id_ = file.id;
    if (*got < bytes) return Damaged(file, offset);
  }
  return std::string_view(window_).substr(offset - window_at_, bytes);
}

Error RecordFetcher::Damaged(const LogFile& file, uint64_t offset) const {
  return {Code::kDamaged, file.file->path() + ", offset " + std::to_string(offset) +
                              ": the record there does not carry its checksum"};
}

}  // namespace oncelog::store
