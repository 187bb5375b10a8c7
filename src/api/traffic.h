// Traffic: counts what comes in and how it was answered, for GET /metrics.
//
//   Traffic traffic;
//   traffic.Answered(Route::kStats, "GET", 200, elapsed);
//   for (const Traffic::Requests& one : traffic.requests()) …one.count…
//
// Labels are bounded: routes, methods and statuses come from fixed lists, what is in none of them
// is "other". Threads: all from any; counting is a few relaxed increments, without locks or
// allocations.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "api/error_table.h"
#include "api/router.h"
#include "metrics/histogram.h"

namespace oncelog::api {

class Traffic {
 public:
  // The method as a label: a literal.
  static std::string_view MethodLabel(std::string_view method);

  // `route`: none for a path that there is not. `elapsed`: from the whole request to the answer.
  void Answered(std::optional<Route> route, std::string_view method, int status,
                std::chrono::nanoseconds elapsed);
  // The HTTP server itself refused a request, before any route was known.
  void Refused(ErrorId error, int status);
  // A publish was answered with this error.
  void PublishRefused(ErrorId error);

  struct Requests {
    std::string_view route;
    std::string_view method;
    int status = 0;  // 0: other
    uint64_t count = 0;
  };
  // Those that there were.
  [[nodiscard]] std::vector<Requests> requests() const;

  using ByRoute = std::vector<std::pair<std::string_view, metrics::HistogramFigures>>;
  // Of routes that were asked for.
  [[nodiscard]] ByRoute durations() const;

  [[nodiscard]] uint64_t refused(ErrorId error) const { return Get(refused_, error); }
  [[nodiscard]] uint64_t publish_refused(ErrorId error) const {
    return Get(publish_refused_, error);
  }

 private:
  static constexpr auto kMethods =
      std::to_array<std::string_view>({"POST", "GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"});
  static constexpr auto kStatuses =
      std::to_array({200, 201, 204, 400, 403, 404, 405, 408, 409, 410, 411,
                     413, 414, 415, 417, 421, 431, 500, 501, 503, 505, 507});
  // In each, the last place is for what is not listed.
  using Counter = std::atomic<uint64_t>;
  using OfMethod = std::array<Counter, kStatuses.size() + 1>;
  using OfRoute = std::array<OfMethod, kMethods.size() + 1>;
  using OfError = std::array<Counter, kErrorCount>;

  void Count(size_t route, std::string_view method, int status);
  static uint64_t Get(const OfError& counters, ErrorId error) {
    return counters[static_cast<size_t>(error)].load(std::memory_order_relaxed);
  }

  std::array<OfRoute, kRouteCount + 1> requests_{};
  std::array<metrics::Histogram, kRouteCount + 1> durations_;
  OfError refused_{};
  OfError publish_refused_{};
};

}  // namespace oncelog::api
