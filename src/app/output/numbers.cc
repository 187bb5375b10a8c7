#include "app/output/numbers.h"

namespace oncelog::app {

std::string Grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string MiB(uint64_t bytes) {
  constexpr uint64_t kMiB = uint64_t{1} << 20;
  const uint64_t rest = bytes % kMiB;
  uint64_t whole = bytes / kMiB;
  uint64_t tenths = (rest * 10 + kMiB / 2) / kMiB;
  if (tenths == 10) {
    ++whole;
    tenths = 0;
  }
  if (whole == 0 && tenths == 0 && bytes > 0) return "< 0.1 MiB";
  return Grouped(whole) + "." + std::to_string(tenths) + " MiB";
}

std::string Plural(uint64_t count, std::string_view noun) {
  return Grouped(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

}  // namespace oncelog::app
