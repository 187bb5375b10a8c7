#include "api/event_scan.h"

namespace oncelog::api {
namespace {

// So many index lookups take some ten milliseconds, for which other queries can wait.
constexpr uint64_t kTopicsAStep = 16'384;

// `after`: 1 if it was given before.
Result<StepEnd> FindEvent(store::Reader& reader, const EventsQuery& query,
                          const store::Visitor& visit) {
  StepEnd end{.next = query.scan.after.value_or(0), .matches = 0};
  const Status found =
      reader.Find(*query.topic, *query.event_id, [&](const store::EventView& event) {
        if (!Passes(query.scan, event)) return;
        end.matches = 1;
        if (end.next > 0) return;
        visit(event);
        end.next = end.events = 1;
      });
  const bool none = !found.ok() && (found.error().code() == Code::kNotFound ||
                                    found.error().code() == Code::kGone);
  if (!found.ok() && !none) return found.error();
  return end;
}

// `after`: how many topics were looked at before.
Result<StepEnd> FindInTopics(store::Reader& reader, const EventsQuery& query,
                             const StepBounds& bounds, const store::Visitor& visit) {
  StepEnd end{.next = query.scan.after.value_or(0)};
  const uint64_t from = end.next;
  size_t bytes = 0;
  const auto visit_match = [&](uint64_t topic, const store::EventView& event) {
    if (end.has_more || !Passes(query.scan, event)) return;
    end.has_more = end.events == bounds.events_max || bytes >= bounds.bytes_max;
    if (end.has_more) {
      end.next = topic;
      return;
    }
    visit(event);
    bytes += event.json.size();
    ++end.events;
  };
  while (!end.has_more) {
    const Result<uint64_t> behind = reader.FindInTopics(*query.event_id, end.next, visit_match);
    if (!behind.ok()) return behind.error();
    if (end.has_more) break;
    if (*behind == end.next) {  // those were all topics
      if (from == 0) end.matches = end.events;
      break;
    }
    end.next = *behind;
    end.has_more = end.next - from >= kTopicsAStep;
  }
  return end;
}

}  // namespace

Result<StepEnd> ScanEvents(store::Reader& reader, const EventsQuery& query,
                           const StepBounds& bounds, const store::Visitor& visit) {
  if (query.event_id && query.topic) return FindEvent(reader, query, visit);
  if (query.event_id) return FindInTopics(reader, query, bounds, visit);
  store::ScanOptions options = query.scan;
  options.limit = bounds.events_max;
  options.bytes_max = bounds.bytes_max;
  size_t events = 0;
  const auto visit_one = [&](const store::EventView& event) {
    visit(event);
    ++events;
  };
  Result<store::ScanEnd> scanned = query.topic ? reader.ScanTopic(*query.topic, options, visit_one)
                                               : reader.ScanAll(options, visit_one);
  if (!scanned.ok()) return scanned.error();
  StepEnd end{.next = scanned->next, .has_more = scanned->has_more, .events = events};
  if (!query.filtered()) end.matches = scanned->readable;
  return end;
}

}  // namespace oncelog::api
