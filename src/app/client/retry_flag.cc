#include "app/client/retry_flag.h"

#include <CLI/CLI.hpp>

#include "base/units.h"

namespace oncelog::app {

void RetryFlag::Declare(CLI::App& app) {
  app.add_option("--retry-for", text_,
                 "how long to retry one request when the server is away or busy (default 5min)")
      ->type_name("TIME");
}

Result<std::chrono::milliseconds> RetryFlag::Read() const {
  if (const auto total = ParseMilliseconds(text_)) return *total;
  return Error(Code::kInvalid, "--retry-for: \"" + text_ + "\" is no time, such as 30s or 5min");
}

}  // namespace oncelog::app
