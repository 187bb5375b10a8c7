// RequestLog: a line for each answer that somebody may have to look into, by its X-Request-Id.
//
//   RequestLog log({.failures = [&](const std::string& line) { logger.warn(line); }});
//   log.Answered(request.name(), response, elapsed);
//   log.BrokenOff(request.name(), error);    // a stream that had been answered 200
//     -> answered status=503 error=busy method=POST path="/publish" request_id=ab12-7 ms=0.4: why
//
// Answers of 500 and above (but 501 and 505, which are the client's doing), and streams that break
// off, are told as failures, up to kFailuresPerSecond; how many were left out is said with the next
// one, and /metrics counts all answers. Without `all`, others cost nothing.
// Threads: Answered and BrokenOff from any; the sinks are called on that thread and must not wait
// for long.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace oncelog::api {

struct RequestLogSinks {
  using Sink = std::function<void(const std::string& line)>;
  Sink failures = {};
  Sink all = {};  // the other answers
};

class RequestLog {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr uint64_t kFailuresPerSecond = 10;
  static constexpr size_t kDetailBytesMax = 1000;  // of why; what is longer is cut

  explicit RequestLog(RequestLogSinks sinks) : sinks_(std::move(sinks)) {}

  void Answered(const net::RequestName& request, const net::Response& response,
                std::chrono::nanoseconds elapsed, Clock::time_point now = Clock::now());

  // An answer that was on its way met an error: its client sees a body without an end.
  void BrokenOff(const net::RequestName& request, const Error& error,
                 Clock::time_point now = Clock::now());

 private:
  void Fail(std::string line, std::string_view why, Clock::time_point now);
  // Whether there is room for one more in this second; `left_out` are those before it.
  bool Admit(Clock::time_point now, uint64_t* left_out);

  const RequestLogSinks sinks_;
  std::mutex mutex_;
  Clock::time_point second_;  // under mutex_: when the current one began
  uint64_t in_second_ = 0;    // under mutex_
  uint64_t left_out_ = 0;     // under mutex_: not told yet
};

}  // namespace oncelog::api
