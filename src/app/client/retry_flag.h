// RetryFlag: the flag --retry-for, how long one request is sent again.
//
//   RetryFlag retry_for;  retry_for.Declare(app);
//   Result<std::chrono::milliseconds> total = retry_for.Read();
//
// Threads: one. Errors: kInvalid with what is wanted.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class App;
}

namespace oncelog::app {

class RetryFlag {
 public:
  void Declare(CLI::App& app);
  [[nodiscard]] Result<std::chrono::milliseconds> Read() const;
  // As it was written, for notices.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_ = "5min";
};

}  // namespace oncelog::app
