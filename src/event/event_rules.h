// The rules for one event (docs/publishing.md), applied to the members that were found in it.
//
//   FoundEvent found;                                    // filled by EventReader
//   Instant timestamp;
//   if (std::optional<Violation> broken = FirstViolation(found, &timestamp)) …
//
// Threads: pure functions. Ownership: a FoundEvent points into its document.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "event/json_document.h"

namespace oncelog::event {

struct FoundMember {
  JsonCursor value;  // of the first one
  bool present = false;
  bool twice = false;
};

// See InvalidSubmission.
struct Violation {
  std::string field;
  std::string_view reason;
  std::string detail;
};

struct FoundEvent {
  FoundMember topic, event_id, timestamp, source, payload;
  std::optional<Violation> in_payload;  // what only walking it could find
  std::optional<Violation> in_others;   // the first one in any other member
};

// In the order that event_reader.h gives. If nothing is broken, `*timestamp` is the event's.
std::optional<Violation> FirstViolation(const FoundEvent& found, Instant* timestamp);

// Violations found elsewhere; `field` as in InvalidSubmission.
Violation NotAnObject(std::string_view found);
Violation TooLarge(size_t bytes);
Violation DuplicateMember(std::string field);
Violation TooDeep(std::string field);

}  // namespace oncelog::event
