// ScanEvents: runs an EventsQuery against a Reader, one bounded step at a time. Pages and streams
// are both made of such steps.
//
//   const StepBounds bounds{.events_max = 1000, .bytes_max = 1 << 20};
//   Result<StepEnd> end = ScanEvents(reader, query, bounds, visit);
//   query.scan.after = end->next;     // where the next step begins
//
// Threads: any that may read the disk. Errors: the Reader's.
// Units: bytes of event JSON as stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "api/events_query.h"
#include "base/result.h"
#include "store/read/reader.h"

namespace oncelog::api {

struct StepBounds {
  size_t events_max = 0;
  size_t bytes_max = 0;  // the event that reaches it is the last one
};

struct StepEnd {
  uint64_t next = 0;
  bool has_more = false;
  size_t events = 0;                // given to the visitor
  std::optional<uint64_t> matches;  // all there are, where that is known without a scan
};

Result<StepEnd> ScanEvents(store::Reader& reader, const EventsQuery& query,
                           const StepBounds& bounds, const store::Visitor& visit);

}  // namespace oncelog::api
