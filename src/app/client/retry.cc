#include "app/client/retry.h"

#include <algorithm>
#include <ctime>
#include <string>

#include "base/units.h"

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

bool IsRetryable(int status, std::string_view error) {
  if (status == 501 || status == 505) return false;
  if (error == "too_many_topics" || error == "damaged") return false;
  return status == 408 || status == 429 || status >= 500;
}

std::optional<std::chrono::seconds> ParseRetryAfter(std::string_view header, UnixMs now) {
  const auto bounded = [](uint64_t seconds) {
    constexpr uint64_t kSecondsMax = 86400;
    return std::chrono::seconds(static_cast<int64_t>(std::min(seconds, kSecondsMax)));
  };
  if (const std::optional<uint64_t> seconds = ParseCount(header)) return bounded(*seconds);
  const std::optional<UnixMs> at = ParseHttpDate(header);
  if (!at) return std::nullopt;
  const int64_t wait_ms = at->value - now.value;
  return bounded(wait_ms > 0 ? static_cast<uint64_t>(wait_ms + 999) / 1000 : 0);
}

std::optional<UnixMs> ParseHttpDate(std::string_view text) {
  const std::string ended(text);
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::tm parts{};
    const char* end = strptime(ended.c_str(), form, &parts);
    if (end != nullptr && *end == '\0') return UnixMs{static_cast<int64_t>(timegm(&parts)) * 1000};
  }
  return std::nullopt;
}

}  // namespace oncelog::app
