#include "api/traffic.h"

#include <algorithm>

namespace oncelog::api {
namespace {

constexpr std::string_view kOther = "other";

// The place of `wanted`, or the one behind the last.
template <typename List, typename Value>
size_t PlaceOf(const List& list, const Value& wanted) {
  return static_cast<size_t>(std::find(list.begin(), list.end(), wanted) - list.begin());
}

void Increment(std::atomic<uint64_t>* counter) { counter->fetch_add(1, std::memory_order_relaxed); }

std::string_view RouteName(size_t route) {
  return route < kRouteCount ? TemplateOf(static_cast<Route>(route)) : kOther;
}

}  // namespace

std::string_view Traffic::MethodLabel(std::string_view method) {
  const size_t place = PlaceOf(kMethods, method);
  return place < kMethods.size() ? kMethods[place] : kOther;
}

void Traffic::Count(size_t route, std::string_view method, int status) {
  Increment(&requests_[route][PlaceOf(kMethods, method)][PlaceOf(kStatuses, status)]);
}

void Traffic::Answered(std::optional<Route> route, std::string_view method, int status,
                       std::chrono::nanoseconds elapsed) {
  const size_t place = route ? static_cast<size_t>(*route) : kRouteCount;
  Count(place, method, status);
  durations_[place].Add(elapsed);
}

void Traffic::Refused(ErrorId error, int status) {
  Count(kRouteCount, kOther, status);
  Increment(&refused_[static_cast<size_t>(error)]);
}

void Traffic::PublishRefused(ErrorId error) {
  Increment(&publish_refused_[static_cast<size_t>(error)]);
}

std::vector<Traffic::Requests> Traffic::requests() const {
  std::vector<Requests> seen;
  for (size_t route = 0; route < requests_.size(); ++route) {
    for (size_t method = 0; method < requests_[route].size(); ++method) {
      for (size_t status = 0; status < requests_[route][method].size(); ++status) {
        const uint64_t count = requests_[route][method][status].load(std::memory_order_relaxed);
        if (count == 0) continue;
        seen.push_back({.route = RouteName(route),
                        .method = method < kMethods.size() ? kMethods[method] : kOther,
                        .status = status < kStatuses.size() ? kStatuses[status] : 0,
                        .count = count});
      }
    }
  }
  return seen;
}

Traffic::ByRoute Traffic::durations() const {
  ByRoute seen;
  for (size_t route = 0; route < durations_.size(); ++route) {
    const metrics::HistogramFigures figures = durations_[route].Figures();
    if (figures.count() > 0) seen.emplace_back(RouteName(route), figures);
  }
  return seen;
}

}  // namespace oncelog::api
