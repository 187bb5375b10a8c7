#include "api/router.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "api/percent.h"

namespace oncelog::api {
namespace {

struct Entry {
  std::string_view name;  // the first segment
  size_t parameters;      // how many segments follow
  Route route;
};

constexpr Entry kRoutes[] = {
    {"", 0, Route::kSummary},     {"publish", 0, Route::kPublish}, {"events", 0, Route::kEvents},
    {"events", 2, Route::kEvent}, {"topics", 0, Route::kTopics},   {"topics", 1, Route::kTopic},
    {"stats", 0, Route::kStats},  {"health", 0, Route::kHealth},   {"livez", 0, Route::kLive},
    {"readyz", 0, Route::kReady},
};
constexpr size_t kSegmentsMax = 3;

Problem NotFound() {
  return {.id = ErrorId::kNotFound,
          .detail =
              "no such path; there are: POST /publish, GET /events, "
              "/events/{topic}/{event_id}, /topics, /topics/{topic}, /stats, /health, "
              "/livez, /readyz"};
}

}  // namespace

OrProblem<RouteMatch> MatchPath(std::string_view path) {
  if (path == "/publish") return RouteMatch{Route::kPublish};  // the busiest one, without decoding
  if (path.empty() || path.front() != '/') return NotFound();
  std::vector<std::string> segments;
  for (std::string_view rest = path.substr(1);;) {
    if (segments.size() == kSegmentsMax) return NotFound();
    const size_t end = std::min(rest.find('/'), rest.size());
    std::optional<std::string> segment = PercentDecode(rest.substr(0, end), PlusIs::kPlus);
    if (!segment) {
      return Problem{.id = ErrorId::kBadPath, .detail = "the path is not percent-encoded UTF-8"};
    }
    segments.push_back(*std::move(segment));
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  for (const Entry& entry : kRoutes) {
    if (segments[0] != entry.name || segments.size() != entry.parameters + 1) continue;
    RouteMatch match{entry.route};
    if (entry.parameters > 0) match.first = std::move(segments[1]);
    if (entry.parameters > 1) match.second = std::move(segments[2]);
    return match;
  }
  return NotFound();
}

std::string_view AllowOf(Route route) {
  return route == Route::kPublish ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

}  // namespace oncelog::api
