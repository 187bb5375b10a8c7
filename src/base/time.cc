#include "base/time.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>

#include "base/check.h"

namespace oncelog {
namespace {

constexpr size_t kRfc3339Bytes = 24;

}  // namespace

UnixMs SystemNow() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

std::chrono::milliseconds SystemUptime() {
  timespec time{};
  Check(clock_gettime(CLOCK_BOOTTIME, &time) == 0, "the uptime clock can be read");
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

std::string FormatRfc3339(UnixMs time) {
  std::string text;
  AppendRfc3339(&text, time);
  return text;
}

void AppendRfc3339(std::string* out, UnixMs time) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds{time.value}};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const int year = static_cast<int>(date.year());
  auto milli = static_cast<unsigned>((at - day).count());

  std::array<char, kRfc3339Bytes> text;
  const auto put = [&text](size_t place, int digits, unsigned value) {
    for (size_t i = place + static_cast<size_t>(digits); i-- > place; value /= 10) {
      text[i] = static_cast<char>('0' + value % 10);
    }
  };
  std::copy_n("0000-00-00T00:00:00.000Z", text.size(), text.begin());
  put(0, 4, static_cast<unsigned>(std::abs(year)) % 10'000);
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(20, 3, milli % 1000);
  milli /= 1000;
  put(17, 2, milli % 60);
  milli /= 60;
  put(14, 2, milli % 60);
  put(11, 2, milli / 60);
  // No clock of ours shows such a year, but what is on disk decides what is asked for.
  if (year < 0) *out += '-';
  if (std::abs(year) > 9999) *out += std::to_string(std::abs(year) / 10'000);
  out->append(text.data(), text.size());
}

}  // namespace oncelog
