#include "app/client/retry.h"

#include <algorithm>

#include "app/config/units.h"

namespace oncelog::app {

RetryPolicy::RetryPolicy(RetryOptions options, Now now, Random random)
    : options_(options), now_(std::move(now)), random_(std::move(random)) {}

void RetryPolicy::Start() {
  started_ = now_();
  ceiling_ = options_.base;
}

std::optional<std::chrono::milliseconds> RetryPolicy::NextWait(
    std::optional<std::chrono::seconds> retry_after) {
  const Milliseconds left = options_.total - (now_() - started_);
  if (left <= Milliseconds::zero()) return std::nullopt;
  Milliseconds wait(static_cast<int64_t>(random_() * static_cast<double>(ceiling_.count())));
  ceiling_ = std::min(ceiling_ * 2, options_.cap);
  if (retry_after) {
    if (*retry_after > left) return std::nullopt;
    wait += *retry_after;
  }
  return std::min(wait, left);
}

bool IsRetryable(int status) { return status == 408 || status == 429 || status >= 500; }

std::optional<std::chrono::seconds> ParseRetryAfter(std::string_view header) {
  const std::optional<uint64_t> seconds = ParseCount(header);
  constexpr uint64_t kSecondsMax = 86400;
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(static_cast<int64_t>(std::min(*seconds, kSecondsMax)));
}

}  // namespace oncelog::app
