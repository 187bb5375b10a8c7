#include "net/head_scan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "net/text.h"

namespace oncelog::net {
namespace {

std::string Limit(size_t bytes) { return " is over " + std::to_string(bytes) + " bytes"; }

}  // namespace

HeadScan::Progress HeadScan::Scan(std::string_view bytes) {
  const size_t first_line_max = std::min(limits_->request_line_bytes_max, limits_->bytes_max);
  while (at_ < bytes.size()) {
    const char c = bytes[at_];
    const size_t size = at_ - begin_;
    // What is beyond a limit is not looked at: the answer does not depend on how the bytes came.
    if (size >= (lines_ == 0 ? first_line_max : limits_->bytes_max)) [[unlikely]] {
      if (lines_ > 0) return RefuseSize();
      if (c != '\r') {
        return Refuse({414, "target_too_long", "the request line" + Limit(first_line_max)});
      }
    }
    if (!IsControl(c) || c == '\t') [[likely]] {
      ++at_;
      continue;
    }
    if (c == '\n') return Refuse(BadRequest("a line ends without a carriage return"));
    if (c != '\r') return Refuse(BadRequest("a control character in the head"));
    if (size + 1 >= limits_->bytes_max) return RefuseSize();
    if (at_ + 1 == bytes.size()) break;
    if (bytes[at_ + 1] != '\n') return Refuse(BadRequest("a carriage return without a line feed"));

    const std::string_view line = bytes.substr(line_begin_, at_ - line_begin_);
    at_ += 2;
    if (const Progress progress = EndLine(line); progress != kMore) return progress;
    line_begin_ = at_;
  }
  return kMore;
}

HeadScan::Progress HeadScan::EndLine(std::string_view line) {
  if (line.empty()) {
    if (lines_ > 0) return kComplete;
    if (begin_ > 0) return Refuse(BadRequest("empty lines before the request"));
    begin_ = at_;
    return kMore;
  }
  if (line.front() == ' ' || line.front() == '\t') {
    return Refuse(BadRequest("a line of the head begins with white space"));
  }
  if (++lines_ - 1 > limits_->fields_max) {
    return Refuse({431, "header_too_large",
                   "more than " + std::to_string(limits_->fields_max) + " header fields"});
  }
  return kMore;
}

HeadScan::Progress HeadScan::RefuseSize() {
  return Refuse({431, "header_too_large", "the head of the request" + Limit(limits_->bytes_max)});
}

HeadScan::Progress HeadScan::Refuse(Refusal refusal) {
  refusal_ = std::move(refusal);
  return kRefused;
}

}  // namespace oncelog::net
