// Router: from a request target's path to what it names.
//
//   OrProblem<RouteMatch> match = MatchPath("/events/sensor.temp/evt%2F1");
//   // match->route == Route::kEvent, match->first == "sensor.temp", match->second == "evt/1"
//
// A path is split at its slashes first and percent-decoded then, so an encoded slash belongs to its
// segment. Threads: pure functions. Problems: not_found (the detail lists the paths), bad_path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/problem.h"

namespace oncelog::api {

enum class Route : uint8_t {
  kSummary,  // /
  kPublish,  // /publish
  kEvents,   // /events
  kEvent,    // /events/{topic}/{event_id}
  kTopics,   // /topics
  kTopic,    // /topics/{topic}
  kStats,    // /stats
  kHealth,   // /health
  kLive,     // /livez
  kReady,    // /readyz
  kMetrics,  // /metrics
  kOpenApi,  // /openapi.json
  kErrors,   // /errors
  kError,    // /errors/{error}
};
inline constexpr size_t kRouteCount = static_cast<size_t>(Route::kError) + 1;

struct RouteMatch {
  Route route{};
  std::string first = {};  // decoded segments behind the route's name
  std::string second = {};
};

OrProblem<RouteMatch> MatchPath(std::string_view path);

// The route's path as the documents write it: "/events/{topic}/{event_id}".
std::string_view TemplateOf(Route route);

// The methods of a route, as Allow lists them.
std::string_view AllowOf(Route route);

}  // namespace oncelog::api
