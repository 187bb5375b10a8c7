// RetryPolicy: whether, and after how long, a request is sent again. Exponential backoff with full
// jitter: before the n-th retry a random time between 0 and base·2ⁿ, so that many publishers do not
// come back at the same moment; never sooner than the server's Retry-After; at most `total` in all.
//
//   RetryPolicy policy({}, now, random);
//   policy.Start();
//   std::optional<milliseconds> wait = policy.NextWait(retry_after);   // nullopt: give up
//
// Threads: one at a time. Clock and random numbers are given, so that tests can hold them.
// Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace oncelog::app {

struct RetryOptions {
  std::chrono::milliseconds base{50};
  std::chrono::milliseconds cap{10'000};     // of one wait, before jitter
  std::chrono::milliseconds total{300'000};  // from the first try of a request
};

class RetryPolicy {
 public:
  using Milliseconds = std::chrono::milliseconds;
  using Now = std::function<Milliseconds()>;  // since any fixed point, never backwards
  using Random = std::function<double()>;     // 0 ≤ x < 1

  RetryPolicy(RetryOptions options, Now now, Random random);

  void Start();
  std::optional<Milliseconds> NextWait(std::optional<std::chrono::seconds> retry_after);

 private:
  RetryOptions options_;
  Now now_;
  Random random_;
  Milliseconds started_{};
  Milliseconds ceiling_{};
};

// Answers that another try of the same bytes may mend; a retry is always safe, because an event
// that was stored after all is then a duplicate. `error`: the stable code of the problem's body,
// if there is one: some 5xx will stay.
bool IsRetryable(int status, std::string_view error);

// A Retry-After header: seconds, or an HTTP date, which is measured from `now`. At most a day, and
// 0 for a date that is past; nullopt for anything else.
std::optional<std::chrono::seconds> ParseRetryAfter(std::string_view header, UnixMs now);

// The three forms of RFC 9110, 5.6.7, such as "Wed, 22 Oct 2025 10:00:00 GMT".
std::optional<UnixMs> ParseHttpDate(std::string_view text);

}  // namespace oncelog::app
