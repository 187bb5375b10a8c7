// FindFault: says why simdjson refused a text. A strict, slow JSON checker of our own that goes on
// behind what only breaks a rule for events (bad UTF-8, a number out of range, NaN, too deep), so
// that such an event can be told from a text that is no JSON at all.
//
//   if (std::optional<JsonFault> fault = FindFault(text, kDepthMax + 1, &document)) …
//
// Threads: pure, but overwrites `scratch`. Time is linear in the text; no recursion. Units: bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "event/json_document.h"

namespace oncelog::event {

struct JsonFault {
  // "malformed_json" if it is not JSON, whatever else is wrong; otherwise the first in the text of
  // "invalid_utf8", "number_out_of_range", "not_a_number", "too_deep".
  std::string_view reason;
  size_t at = 0;         // where in the text
  std::string field;     // the path to it from the outermost object: "payload.a[3]"
  std::string detail;    // what was found and what is wanted
  std::string event_id;  // the token of the outermost object's event_id, if that is in order

  [[nodiscard]] bool malformed() const;
};

// `depth_max` counts the outermost value as 1. Nothing: the text is in order.
std::optional<JsonFault> FindFault(std::string_view text, size_t depth_max, JsonDocument* scratch);

}  // namespace oncelog::event
