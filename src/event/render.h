// Rendering: an event as readers get it: as it was sent, plus `sequence` and `received_at` as its
// last members.
//
//   AppendEventJson(&out, record.json, Sequence{7}, received_at);
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/numbers.h"
#include "base/time.h"

namespace oncelog::event {

// `json` is that of an event record: an object with members, its last byte the closing bracket.
void AppendEventJson(std::string* out, std::string_view json, Sequence sequence,
                     UnixMs received_at);

// `text` as a JSON string token, quotes included. What is not UTF-8 in it becomes U+FFFD.
void AppendJsonString(std::string* out, std::string_view text);

}  // namespace oncelog::event
