#include "store/log/log_scanner.h"

#include <algorithm>
#include <utility>

namespace oncelog::store {
namespace {

constexpr size_t kWindowBytes = size_t{1} << 20;

}  // namespace

LogScanner::LogScanner(File& file, uint64_t file_id, uint64_t store_seed, uint64_t offset,
                       uint64_t end)
    : file_(file),
      file_id_(file_id),
      store_seed_(store_seed),
      end_(end),
      offset_(offset),
      next_offset_(offset) {}

LogScanner::LogScanner(File& file, uint64_t file_id, uint64_t store_seed, std::span<char> memory)
    : LogScanner(file, file_id, store_seed, 0, memory.size()) {
  memory_ = memory;
}

LogScanner::State LogScanner::Next() {
  offset_ = next_offset_;
  if (offset_ + kBlockBytes > end_) return State::kEnd;
  Result<std::string_view> head = View(offset_, kFrameHeaderBytes);
  if (!head.ok()) return Fail(head.error());
  if (head->size() < kFrameHeaderBytes) return State::kEnd;

  switch (DecodeFrameHeader(*head, file_id_, store_seed_, &header_)) {
    case HeaderState::kZero: return State::kEnd;
    case HeaderState::kBad: return State::kBad;
    case HeaderState::kTooNew: return State::kTooNew;
    case HeaderState::kValid: break;
  }
  if (offset_ + header_.size_on_disk() > end_) return State::kBad;

  Result<std::string_view> frame = View(offset_, kFrameHeaderBytes + header_.payload_bytes);
  if (!frame.ok()) return Fail(frame.error());
  if (frame->size() < kFrameHeaderBytes + header_.payload_bytes) return State::kBad;
  payload_ = frame->substr(kFrameHeaderBytes);
  if (!PayloadMatches(header_, payload_, store_seed_)) return State::kBad;
  next_offset_ = offset_ + header_.size_on_disk();
  return State::kFrame;
}

Result<std::optional<uint64_t>> LogScanner::FindValidHeaderBehind() {
  const uint64_t end = std::min(end_, offset_ + kFrameBytesMax + 2 * kBlockBytes);
  Result<std::string_view> bad = View(offset_, kFrameHeaderBytes);
  if (!bad.ok()) return bad.error();
  const std::string before(*bad);
  if (before.size() < kFrameHeaderBytes) return std::optional<uint64_t>();
  for (uint64_t at = offset_ + kBlockBytes; at + kBlockBytes <= end; at += kBlockBytes) {
    Result<std::string_view> block = View(at, kBlockBytes);
    if (!block.ok()) return block.error();
    if (block->size() < kFrameHeaderBytes) break;
    FrameHeader header;
    const HeaderState state = DecodeFrameHeader(*block, file_id_, store_seed_, &header);
    if (state == HeaderState::kValid || state == HeaderState::kTooNew ||
        FollowsByLink(*block, before)) {
      return std::optional(at);
    }
  }
  return std::optional<uint64_t>();
}

Result<std::string_view> LogScanner::View(uint64_t offset, size_t size) {
  if (!memory_.empty()) {
    if (Status s = ReadMemoryTo(offset + size); !s.ok()) return s.error();
    const std::string_view read(memory_.data(), in_memory_);
    return read.substr(std::min<uint64_t>(offset, in_memory_), size);
  }
  const bool inside =
      offset >= window_at_ && offset + size <= window_at_ + window_.size() && !window_.empty();
  if (!inside) {
    const uint64_t rest = end_ > offset ? end_ - offset : 0;
    window_.resize(std::min<uint64_t>(std::max(size, kWindowBytes), rest));
    Result<size_t> got = file_.ReadAt(offset, window_.data(), window_.size());
    if (!got.ok()) return got.error();
    window_.resize(*got);
    window_at_ = offset;
  }
  return std::string_view(window_).substr(offset - window_at_, size);
}

Status LogScanner::ReadMemoryTo(uint64_t end) {
  while (in_memory_ < end && in_memory_ < memory_.size()) {
    const std::span<char> rest = memory_.subspan(in_memory_);
    const size_t size = std::min(kWindowBytes, rest.size());
    Result<size_t> got = file_.ReadAt(in_memory_, rest.data(), size);
    if (!got.ok()) return got.error();
    in_memory_ += *got;
    if (*got < size) break;  // the file ends here
  }
  return OkStatus();
}

LogScanner::State LogScanner::Fail(Error error) {
  error_ = std::move(error);
  return State::kError;
}

}  // namespace oncelog::store
