// HeadScan: finds the end of a request's head and refuses bytes that no honest client sends, before
// any parser sees them. What two programs may read differently, and what could so be used to
// smuggle a second request past one of them, ends here: bare CR or LF, folded lines, control
// characters.
//
//   HeadScan scan(limits);
//   switch (scan.Scan(received)) {
//     case HeadScan::kMore: ...          // call again with the same bytes and more behind them
//     case HeadScan::kComplete: Parse(received.substr(scan.begin(), scan.size()));
//     case HeadScan::kRefused: Answer(scan.refusal());
//   }
//
// Each byte is looked at once, however slowly the bytes come in. One empty line before the request
// is skipped (RFC 9112, 2.2). Threads: a value. Ownership: keeps no reference to the bytes.
#pragma once

#include <cstddef>
#include <string_view>

#include "net/refusal.h"

namespace oncelog::net {

struct HeadLimits {
  size_t bytes_max = size_t{64} << 10;
  size_t request_line_bytes_max = size_t{16} << 10;
  int fields_max = 256;
};

class HeadScan {
 public:
  enum Progress { kMore, kComplete, kRefused };

  explicit HeadScan(const HeadLimits& limits) : limits_(&limits) {}

  Progress Scan(std::string_view bytes);

  // Once complete: where the head is within the bytes, with the empty line that ends it.
  [[nodiscard]] size_t begin() const { return begin_; }
  [[nodiscard]] size_t size() const { return at_ - begin_; }
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 private:
  Progress EndLine(std::string_view line);
  Progress RefuseSize();
  Progress Refuse(Refusal refusal);

  const HeadLimits* limits_;
  size_t begin_ = 0;       // of the request line
  size_t line_begin_ = 0;  // of the line that is being looked at
  size_t at_ = 0;          // the next byte to look at
  int lines_ = 0;          // ended ones, the request line included
  Refusal refusal_;
};

}  // namespace oncelog::net
