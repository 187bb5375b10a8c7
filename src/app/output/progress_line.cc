#include "app/output/progress_line.h"

#include <algorithm>
#include <ostream>

namespace oncelog::app {
namespace {

using std::chrono::milliseconds;

milliseconds SteadyNow() {
  return std::chrono::duration_cast<milliseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace

ProgressLine::ProgressLine(Console& console) : console_(console), started_(SteadyNow()) {}

bool ProgressLine::due() const {
  return console_.err_is_terminal && SteadyNow() - shown_ >= milliseconds(100);
}

void ProgressLine::Show(std::string_view text) {
  if (!console_.err_is_terminal) return;
  shown_ = SteadyNow();
  console_.err << "\r\x1b[K" << text << std::flush;
}

void ProgressLine::Clear() {
  if (shown_ != milliseconds::zero()) console_.err << "\r\x1b[K" << std::flush;
  shown_ = milliseconds::zero();
}

milliseconds ProgressLine::elapsed() const { return SteadyNow() - started_; }

std::string Bar(uint64_t done, uint64_t all) {
  constexpr size_t kWidth = 30;
  const double part =
      all == 0 ? 1.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(all));
  const auto filled = static_cast<size_t>(part * kWidth);
  std::string percent = std::to_string(static_cast<int>(part * 100));
  percent.insert(0, 3 - percent.size(), ' ');
  return "[" + std::string(filled, '#') + std::string(kWidth - filled, ' ') + "] " + percent + " %";
}

}  // namespace oncelog::app
