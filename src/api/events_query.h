// EventsQuery: what GET /events was asked, from its query parameters, and the scan of the store
// that answers it.
//
//   OrProblem<EventsQuery> query = ParseEventsQuery(request.query(), store_tag);
//   query->cursor.after …; EncodeCursor(query->cursor) with `after` set is the page's `next`
//
// Times are half-open: from <= t < to. received_at has milliseconds, so bounds on it are rounded
// up.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/cursor.h"
#include "api/problem.h"
#include "store/read/reader.h"

namespace oncelog::api {

inline constexpr uint64_t kPageEventsDefault = 1'000;
inline constexpr uint64_t kPageEventsMax = 10'000;

struct EventsQuery {
  std::optional<std::string> topic;
  std::optional<std::string> event_id;
  store::ScanOptions scan;        // filters, order, and where to start; its limit is the page's
  Cursor cursor;                  // of this query; `after` is where it starts
  std::optional<uint64_t> limit;  // as asked for

  // Whether anything but the topic narrows it down.
  [[nodiscard]] bool filtered() const { return event_id.has_value() || scan.filtered(); }
};

// A hash of the store's id and epoch: cursors carry it.
uint64_t StoreTag(std::string_view store_id, uint64_t epoch);

OrProblem<EventsQuery> ParseEventsQuery(std::string_view query, uint64_t store_tag);

// Whether an event found by its id passes the other filters (a scan applies them itself).
bool Passes(const store::ScanOptions& filters, const store::EventView& event);

}  // namespace oncelog::api
