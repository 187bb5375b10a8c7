#include "api/events_query.h"

#include <utility>

#include "api/query_params.h"
#include "base/bytes.h"
#include "base/hash.h"

namespace oncelog::api {
namespace {

constexpr uint64_t kFilterSeed = 0x66'69'6c'74'65'72;  // "filter"

// An event received in millisecond m is at or behind `at` exactly if m >= at, rounded up.
UnixMs CeilToMs(const Instant& at) {
  constexpr int64_t kNanosPerMs = 1'000'000;
  return {at.seconds * 1000 + (static_cast<int64_t>(at.nanos) + kNanosPerMs - 1) / kNanosPerMs};
}

uint64_t HashFilters(const EventsQuery& query) {
  std::string bytes;
  ByteWriter out(&bytes);
  const auto put_text = [&](const std::optional<std::string>& text) {
    out.Put<uint8_t>(text.has_value());
    if (text) out.PutString(*text);
  };
  const auto put_instant = [&](const std::optional<Instant>& at) {
    out.Put<uint8_t>(at.has_value());
    if (!at) return;
    out.Put(at->seconds);
    out.Put(at->nanos);
  };
  const auto put_ms = [&](const std::optional<UnixMs>& at) {
    out.Put<uint8_t>(at.has_value());
    if (at) out.Put(at->value);
  };
  put_text(query.topic);
  put_text(query.event_id);
  put_text(query.scan.source);
  put_instant(query.scan.from);
  put_instant(query.scan.to);
  put_ms(query.scan.received_from);
  put_ms(query.scan.received_to);
  return Checksum64(bytes, kFilterSeed);
}

using Failure = std::optional<Problem>;

Failure ParseNames(const QueryParams& params, EventsQuery* query) {
  const std::pair<std::string_view, std::optional<std::string>*> names[] = {
      {"topic", &query->topic}, {"event_id", &query->event_id}};
  for (const auto& [name, to] : names) {
    OrProblem<std::optional<std::string>> value = params.Name(name);
    if (!value.ok()) return value.problem();
    *to = std::move(*value);
  }
  OrProblem<std::optional<std::string>> source = params.Source("source");
  if (!source.ok()) return source.problem();
  query->scan.source = std::move(*source);
  return {};
}

Failure ParseTimes(const QueryParams& params, EventsQuery* query) {
  std::optional<Instant> received_from;
  std::optional<Instant> received_to;
  const std::pair<std::string_view, std::optional<Instant>*> times[] = {
      {"from", &query->scan.from},
      {"to", &query->scan.to},
      {"received_from", &received_from},
      {"received_to", &received_to}};
  for (const auto& [name, to] : times) {
    OrProblem<std::optional<Instant>> value = params.Time(name);
    if (!value.ok()) return value.problem();
    *to = *value;
  }
  if (query->scan.from && query->scan.to && *query->scan.from > *query->scan.to) {
    return BadParameter("from", "is behind 'to'");
  }
  if (received_from && received_to && *received_from > *received_to) {
    return BadParameter("received_from", "is behind 'received_to'");
  }
  if (received_from) query->scan.received_from = CeilToMs(*received_from);
  if (received_to) query->scan.received_to = CeilToMs(*received_to);
  return {};
}

Failure ParsePlace(const QueryParams& params, uint64_t store_tag, EventsQuery* query) {
  query->cursor = {.kind = query->event_id ? CursorKind::kById
                           : query->topic  ? CursorKind::kTopic
                                           : CursorKind::kAll,
                   .descending = query->scan.descending,
                   .filters = HashFilters(*query),
                   .store = store_tag};
  const std::string* token = params.Find("after");
  if (token == nullptr) return {};
  OrProblem<Cursor> sent = DecodeCursor(*token);
  if (!sent.ok()) return sent.problem();
  OrProblem<Cursor> checked = CheckCursor(*sent, query->cursor);
  if (!checked.ok()) return checked.problem();
  query->cursor = *checked;
  query->scan.after = checked->after;
  return {};
}

}  // namespace

uint64_t StoreTag(std::string_view store_id, uint64_t epoch) { return Checksum64(store_id, epoch); }

OrProblem<EventsQuery> ParseEventsQuery(std::string_view text, uint64_t store_tag) {
  OrProblem<QueryParams> params =
      QueryParams::Parse(text, {"topic", "event_id", "source", "from", "to", "received_from",
                                "received_to", "after", "limit", "order"});
  if (!params.ok()) return params.problem();
  EventsQuery query;
  if (Failure failure = ParseNames(*params, &query)) return *std::move(failure);
  if (Failure failure = ParseTimes(*params, &query)) return *std::move(failure);
  OrProblem<size_t> order = params->Word("order", {"asc", "desc"});
  if (!order.ok()) return order.problem();
  query.scan.descending = *order == 1;
  if (params->Find("limit") != nullptr) {
    OrProblem<uint64_t> limit = params->Integer("limit", {.min = 1, .max = kPageEventsMax});
    if (!limit.ok()) return limit.problem();
    query.limit = *limit;
  }
  if (Failure failure = ParsePlace(*params, store_tag, &query)) return *std::move(failure);
  return query;
}

bool Passes(const store::ScanOptions& filters, const store::EventView& event) {
  return (!filters.source || *filters.source == event.source) &&
         (!filters.from || event.timestamp >= *filters.from) &&
         (!filters.to || event.timestamp < *filters.to) &&
         (!filters.received_from || event.received_at >= *filters.received_from) &&
         (!filters.received_to || event.received_at < *filters.received_to);
}

}  // namespace oncelog::api
