#include "event/timestamp.h"

#include <chrono>

namespace oncelog::event {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;

// Reads digits and marks from the front of a text; once anything is not as wanted, never ok again.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  // A number of exactly `digits` digits, at most `max`; `beyond` says what more than that is.
  uint32_t Number(size_t digits, uint32_t max, std::string_view beyond) {
    if (rest_.size() < digits) return Fail();
    uint32_t value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (!IsDigit(rest_[i])) return Fail();
      value = value * 10 + static_cast<uint32_t>(rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value <= max ? value : Fail(beyond);
  }
  // Steps over the next byte if it is that mark.
  bool Take(char mark) {
    if (rest_.empty() || rest_.front() != mark) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void Want(bool taken) {
    if (!taken) Fail();
  }
  // 1 to 9 digits of a decimal fraction of a second.
  uint32_t Nanos() {
    uint32_t nanos = 0;
    uint32_t unit = 1'000'000'000;
    while (!rest_.empty() && IsDigit(rest_.front())) {
      unit /= 10;
      if (unit == 0) return Fail("a fraction has at most 9 digits (nanoseconds)");
      nanos += unit * static_cast<uint32_t>(rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return unit < 1'000'000'000 ? nanos : Fail();
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool AtEnd() const { return rest_.empty(); }
  [[nodiscard]] std::string_view why() const { return why_; }

 private:
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
  // The first reason is the one that is told.
  uint32_t Fail(std::string_view why = {}) {
    if (ok_) why_ = why;
    ok_ = false;
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
  std::string_view why_;
};

constexpr std::string_view kNoDate = "there is no such date";
constexpr std::string_view kNoTime = "there is no such time of day";
constexpr std::string_view kNoOffset = "there is no such offset";

// Seconds that the local time is ahead of UTC. Nothing at the end means UTC.
int64_t ReadOffset(Scanner& in) {
  if (in.AtEnd() || in.Take('Z') || in.Take('z')) return 0;
  const bool ahead = in.Take('+');
  in.Want(ahead || in.Take('-'));
  const int64_t hours = in.Number(2, 23, kNoOffset);
  in.Want(in.Take(':'));
  const int64_t minutes = in.Number(2, 59, kNoOffset);
  const int64_t seconds = hours * 3600 + minutes * 60;
  return ahead ? seconds : -seconds;
}

}  // namespace

std::optional<Instant> ParseTimestamp(std::string_view text, std::string_view* why) {
  Scanner in(text);
  const std::chrono::year year{static_cast<int>(in.Number(4, 9999, kNoDate))};
  in.Want(in.Take('-'));
  const std::chrono::month month{in.Number(2, 12, kNoDate)};
  in.Want(in.Take('-'));
  const std::chrono::day day{in.Number(2, 31, kNoDate)};
  in.Want(in.Take('T') || in.Take('t') || in.Take(' '));
  const int64_t hours = in.Number(2, 23, kNoTime);
  in.Want(in.Take(':'));
  const int64_t minutes = in.Number(2, 59, kNoTime);
  in.Want(in.Take(':'));
  int64_t seconds = in.Number(2, 60, kNoTime);
  const uint32_t nanos = in.Take('.') ? in.Nanos() : 0;
  const int64_t offset = ReadOffset(in);

  const std::chrono::year_month_day date{year, month, day};
  const auto fail = [&](std::string_view reason) {
    if (why != nullptr) *why = reason;
    return std::nullopt;
  };
  if (!in.ok()) return fail(in.why());
  if (!in.AtEnd()) return fail({});
  if (!date.ok()) return fail(kNoDate);

  // A leap second is the last one of a month in UTC and counts as the first of the next.
  const bool leap = seconds == 60;
  if (leap) seconds = 59;
  const int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  int64_t since = days * kSecondsPerDay + hours * 3600 + minutes * 60 + seconds - offset;
  if (leap) {
    ++since;
    const std::chrono::sys_days next{std::chrono::days(since / kSecondsPerDay)};
    if (since % kSecondsPerDay != 0 ||
        std::chrono::year_month_day(next).day() != std::chrono::day(1)) {
      return fail("a leap second is the last one of a month in UTC");
    }
  }
  return Instant{since, nanos};
}

}  // namespace oncelog::event
