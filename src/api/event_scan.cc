#include "api/event_scan.h"

namespace oncelog::api {
namespace {

// The few events with one id, topic by topic. `after` is behind the number of the last topic that
// one was given of: how many were given would not do, as some of them may be gone by now.
Result<StepEnd> FindEvents(store::Reader& reader, const EventsQuery& query,
                           const StepBounds& bounds, const store::Visitor& visit) {
  StepEnd end{.next = query.scan.after.value_or(0)};
  const uint64_t from = end.next;
  uint64_t matches = 0;
  size_t bytes = 0;
  const auto visit_match = [&](TopicId topic, const store::EventView& event) {
    if (!Passes(query.scan, event)) return;
    ++matches;
    if (topic.value < from) return;
    end.has_more = end.has_more || end.events == bounds.events_max || bytes >= bounds.bytes_max;
    if (end.has_more) return;
    visit(event);
    bytes += event.json.size();
    ++end.events;
    end.next = uint64_t{topic.value} + 1;
  };
  const auto visit_one = [&](const store::EventView& event) { visit_match(TopicId{0}, event); };
  const Status found = query.topic ? reader.Find(*query.topic, *query.event_id, visit_one)
                                   : reader.FindInAllTopics(*query.event_id, visit_match);
  const bool none = !found.ok() && (found.error().code() == Code::kNotFound ||
                                    found.error().code() == Code::kGone);
  if (!found.ok() && !none) return found.error();
  end.matches = matches;
  return end;
}

}  // namespace

Result<StepEnd> ScanEvents(store::Reader& reader, const EventsQuery& query,
                           const StepBounds& bounds, const store::Visitor& visit) {
  if (query.event_id) return FindEvents(reader, query, bounds, visit);
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
