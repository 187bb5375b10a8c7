#include "api/request_log.h"

#include <charconv>
#include <utility>

#include "event/utf8.h"

namespace oncelog::api {
namespace {

std::string_view OrDash(std::string_view text) { return text.empty() ? "-" : text; }

std::string NameOf(const net::RequestName& request) {
  // The client chose the first two.
  std::string name = " method=" + event::PlainExcerpt(OrDash(request.method));
  name.append(" path=").append(event::Excerpt(request.path));
  return name.append(" request_id=").append(OrDash(request.id));
}

std::string Line(const net::RequestName& request, const net::Response& response,
                 std::chrono::nanoseconds elapsed) {
  std::string line = "answered status=" + std::to_string(response.status);
  line.append(" error=").append(OrDash(response.error)).append(NameOf(request)).append(" ms=");
  char ms[64];
  const auto end =
      std::to_chars(ms, ms + sizeof ms, std::chrono::duration<double, std::milli>(elapsed).count(),
                    std::chars_format::fixed, 1);
  return line.append(ms, end.ptr);
}

// What a client asks and no version of the server does (501, 505) is not a failure of the server.
bool IsTheClients(int status) { return status == 501 || status == 505; }

}  // namespace

void RequestLog::Answered(const net::RequestName& request, const net::Response& response,
                          std::chrono::nanoseconds elapsed, Clock::time_point now) {
  if (response.status < 500 || IsTheClients(response.status)) {
    if (sinks_.all) sinks_.all(Line(request, response, elapsed));
    return;
  }
  Fail(Line(request, response, elapsed), response.detail, now);
}

void RequestLog::BrokenOff(const net::RequestName& request, const Error& error,
                           Clock::time_point now) {
  Fail("broke off" + NameOf(request), error.message(), now);
}

void RequestLog::Fail(std::string line, std::string_view why, Clock::time_point now) {
  uint64_t left_out = 0;
  if (!sinks_.failures || !Admit(now, &left_out)) return;
  // It may quote names that a client chose.
  if (!why.empty()) line.append(": ").append(event::PlainExcerpt(why, kDetailBytesMax));
  if (left_out > 0) {
    line += " (before it, " + std::to_string(left_out) + " such answers were not logged)";
  }
  sinks_.failures(line);
}

bool RequestLog::Admit(Clock::time_point now, uint64_t* left_out) {
  const std::lock_guard lock(mutex_);
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    in_second_ = 0;
  }
  if (in_second_ == kFailuresPerSecond) {
    ++left_out_;
    return false;
  }
  ++in_second_;
  *left_out = std::exchange(left_out_, 0);
  return true;
}

}  // namespace oncelog::api
