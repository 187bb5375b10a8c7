// EventPage: one answer of GET /events, its events as lines, byte for byte; only what stands around
// them is parsed.
//
//   Result<EventPage> page = EventPage::Parse(body);
//   console.out << page->lines;         // one event a line
//   target = Target("/events", {{"after", page->next}});
//
// Threads: a plain value. Errors: kInvalid for what is no page of events.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace oncelog::app {

struct EventPage {
  std::string lines;
  uint64_t count = 0;
  std::string next;  // the cursor behind it
  bool has_more = false;

  static Result<EventPage> Parse(const std::string& body);
};

}  // namespace oncelog::app
