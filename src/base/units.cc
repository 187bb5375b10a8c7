#include "base/units.h"

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace oncelog {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

// Largest first within a family; the formatter takes the first that divides exactly.
constexpr std::array<Unit, 9> kByteUnits = {{{"TiB", uint64_t{1} << 40},
                                             {"GiB", uint64_t{1} << 30},
                                             {"MiB", uint64_t{1} << 20},
                                             {"KiB", uint64_t{1} << 10},
                                             {"TB", 1'000'000'000'000},
                                             {"GB", 1'000'000'000},
                                             {"MB", 1'000'000},
                                             {"kB", 1'000},
                                             {"B", 1}}};
constexpr std::array<Unit, 4> kTimeUnits = {{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualInAnyCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (Lower(a[i]) != Lower(b[i])) return false;
  }
  return true;
}

std::optional<uint64_t> ParseWithUnit(std::string_view text, std::span<const Unit> units) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  if (unit.empty()) return number;
  if (unit.front() == ' ') unit.remove_prefix(1);
  for (const Unit& known : units) {
    if (!EqualInAnyCase(unit, known.name)) continue;
    if (number > std::numeric_limits<uint64_t>::max() / known.factor) return std::nullopt;
    return number * known.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> ParseCount(std::string_view text) { return ParseWithUnit(text, {}); }

std::optional<uint64_t> ParseBytes(std::string_view text) {
  return ParseWithUnit(text, kByteUnits);
}

std::optional<std::chrono::seconds> ParseSeconds(std::string_view text) {
  const std::optional<uint64_t> seconds = ParseWithUnit(text, kTimeUnits);
  // A thousand years: far above every bound, far below what a clock can add.
  constexpr uint64_t kSecondsMax = uint64_t{1000} * 366 * 86400;
  if (!seconds || *seconds > kSecondsMax) return std::nullopt;
  return std::chrono::seconds(static_cast<int64_t>(*seconds));
}

std::optional<std::chrono::milliseconds> ParseMilliseconds(std::string_view text) {
  constexpr std::array<Unit, 1> kMilliseconds = {{{"ms", 1}}};
  if (const std::optional<std::chrono::seconds> seconds = ParseSeconds(text)) return *seconds;
  const std::optional<uint64_t> count = ParseWithUnit(text, kMilliseconds);
  constexpr uint64_t kMillisecondsMax = uint64_t{366} * 86400 * 1000;
  if (!count || *count > kMillisecondsMax) return std::nullopt;
  return std::chrono::milliseconds(static_cast<int64_t>(*count));
}

std::string FormatBytes(uint64_t bytes) {
  for (const Unit& unit : kByteUnits) {
    if (unit.factor > 1 && bytes != 0 && bytes % unit.factor == 0) {
      return std::to_string(bytes / unit.factor).append(unit.name);
    }
  }
  return std::to_string(bytes);
}

std::string FormatSeconds(std::chrono::seconds span) {
  const auto count = static_cast<uint64_t>(span.count());
  for (const Unit& unit : kTimeUnits) {
    if (count != 0 && count % unit.factor == 0) {
      return std::to_string(count / unit.factor).append(unit.name);
    }
  }
  return std::to_string(count) + "s";
}

}  // namespace oncelog
