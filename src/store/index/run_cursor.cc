#include "store/index/run_cursor.h"

#include <algorithm>
#include <utility>

namespace oncelog::store {
namespace {

constexpr uint64_t kBufferPages = 64;  // 256 KiB

}  // namespace

RunCursor::RunCursor(std::shared_ptr<const Run> run)
    : run_(std::move(run)), buffer_(kBufferPages * kRunPageBytes) {}

Result<bool> RunCursor::NextPage() {
  place_ = entries_ = 0;
  if (next_page_ == run_->header().pages()) return false;
  if (next_page_ == buffer_page_ + buffer_pages_) {
    if (Status s = FillBuffer(); !s.ok()) return s.error();
  }
  page_bytes_ = buffer_.data() + (next_page_ - buffer_page_) * kRunPageBytes;
  if (Status s = run_->VerifyPage(next_page_, {page_bytes_, kRunPageBytes}); !s.ok()) {
    return s.error();
  }
  entries_ = run_->header().EntriesIn(next_page_);
  ++next_page_;
  return true;
}

Status RunCursor::FillBuffer() {
  buffer_page_ = next_page_;
  buffer_pages_ = std::min(kBufferPages, run_->header().pages() - next_page_);
  const uint64_t offset = RunHeader::PageOffset(buffer_page_);
  const size_t wanted = buffer_pages_ * kRunPageBytes;
  Result<size_t> got = run_->file().ReadAt(offset, buffer_.data(), wanted);
  if (!got.ok()) return got.error();
  if (*got == wanted) return OkStatus();
  return Error(Code::kDamaged, run_->path() + " ends at offset " + std::to_string(offset + *got));
}

}  // namespace oncelog::store
