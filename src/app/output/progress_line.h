// ProgressLine: one line on stderr that rewrites itself while something takes long. For people:
// where stderr is no terminal, nothing is ever written.
//
//   ProgressLine progress(console);
//   if (progress.due()) progress.Show(Bar(done, all) + " read");
//   progress.Clear();                        // before anything else is printed
//
// Threads: one. Ownership: borrows the console. Clears itself when it goes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "app/output/console.h"

namespace oncelog::app {

class ProgressLine {
 public:
  explicit ProgressLine(Console& console);
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Whether the line is seen at all and the last one has stood for a tenth of a second.
  [[nodiscard]] bool due() const;
  void Show(std::string_view text);
  void Clear();
  [[nodiscard]] std::chrono::milliseconds elapsed() const;

 private:
  Console& console_;
  const std::chrono::milliseconds started_;
  std::chrono::milliseconds shown_{};  // 0: there is no line
};

// "[########            ]  40 %"; full if `all` is 0.
std::string Bar(uint64_t done, uint64_t all);

}  // namespace oncelog::app
