#include "api/router.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "api/percent.h"
#include "base/check.h"

namespace oncelog::api {
namespace {

struct Entry {
  Route route;
  std::string_view name;  // the first segment
  size_t parameters;      // how many segments follow
  std::string_view path;  // as the documents write it
};

// In the order of Route; TemplateOf checks it.
constexpr auto kRoutes = std::to_array<Entry>({
    {Route::kSummary, "", 0, "/"},
    {Route::kPublish, "publish", 0, "/publish"},
    {Route::kEvents, "events", 0, "/events"},
    {Route::kEvent, "events", 2, "/events/{topic}/{event_id}"},
    {Route::kTopics, "topics", 0, "/topics"},
    {Route::kTopic, "topics", 1, "/topics/{topic}"},
    {Route::kStats, "stats", 0, "/stats"},
    {Route::kHealth, "health", 0, "/health"},
    {Route::kLive, "livez", 0, "/livez"},
    {Route::kReady, "readyz", 0, "/readyz"},
    {Route::kMetrics, "metrics", 0, "/metrics"},
    {Route::kOpenApi, "openapi.json", 0, "/openapi.json"},
    {Route::kErrors, "errors", 0, "/errors"},
    {Route::kError, "errors", 1, "/errors/{error}"},
});
static_assert(kRoutes.size() == kRouteCount);
constexpr size_t kSegmentsMax = 3;

Problem NotFound() {
  std::string detail = "no such path; there are:";
  std::string_view separator = " ";
  for (const Entry& entry : kRoutes) {
    detail.append(separator).append(entry.path);
    separator = ", ";
  }
  return {.id = ErrorId::kNotFound, .detail = std::move(detail)};
}

// What is most likely wrong with a path below one that takes names.
Problem NotFoundBelow(std::string_view first) {
  Problem problem = NotFound();
  if (first == "events") {
    problem.detail +=
        "; a / within a topic or an event_id is written %2F, or ask "
        "/events?topic=…&event_id=…";
  } else if (first == "topics") {
    problem.detail += "; a / within a topic is written %2F";
  }
  return problem;
}

}  // namespace

OrProblem<RouteMatch> MatchPath(std::string_view path) {
  if (path == "/publish") return RouteMatch{Route::kPublish};  // the busiest one, without decoding
  if (path.empty() || path.front() != '/') return NotFound();
  std::vector<std::string> segments;
  for (std::string_view rest = path.substr(1);;) {
    if (segments.size() == kSegmentsMax) return NotFoundBelow(segments[0]);
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
  Problem problem = NotFoundBelow(segments[0]);
  if (path.size() > 1 && path.back() == '/') problem.detail += "; none of them ends with a /";
  return problem;
}

std::string_view TemplateOf(Route route) {
  const Entry& entry = kRoutes[static_cast<size_t>(route)];
  Check(entry.route == route, "the routes are in the order of Route");
  return entry.path;
}

std::string_view AllowOf(Route route) {
  switch (route) {
    case Route::kPublish: return "POST, OPTIONS";
    case Route::kTopic: return "GET, HEAD, PUT, OPTIONS";
    case Route::kEvent: return "GET, HEAD, DELETE, OPTIONS";
    default: return "GET, HEAD, OPTIONS";
  }
}

}  // namespace oncelog::api
