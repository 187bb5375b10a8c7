#include "app/config/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace oncelog::app {
namespace {

// Levenshtein's distance, one row at a time.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> NearestName(std::string_view written,
                                       std::span<const std::string> names) {
  constexpr size_t kWrittenBytesMax = 64;
  if (written.size() > kWrittenBytesMax) return std::nullopt;
  std::optional<std::string> best;
  size_t best_distance = std::max<size_t>(written.size() / 3, 1) + 1;
  for (const std::string& name : names) {
    const size_t distance = Distance(written, name);
    if (distance < best_distance) {
      best_distance = distance;
      best = name;
    }
  }
  return best;
}

std::string DidYouMean(std::string_view written, std::span<const std::string> names) {
  const std::optional<std::string> nearest = NearestName(written, names);
  return nearest ? "; did you mean " + *nearest + "?" : "";
}

}  // namespace oncelog::app
