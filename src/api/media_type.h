// What Content-Type, Accept and Prefer say, as far as oncelog cares.
//
//   OrProblem<event::BodyFormat> format = BodyFormatOf(request.Find("Content-Type"));
//
// Threads: pure functions.
#pragma once

#include <string_view>

#include "api/problem.h"
#include "event/decoder.h"

namespace oncelog::api {

inline constexpr std::string_view kNdjsonMediaType = "application/x-ndjson";

// Nothing is JSON; application/json, …+json; application/x-ndjson, …/ndjson, …/jsonl. A charset
// other than UTF-8, and everything else, is 415 with a detail that says which header to add.
OrProblem<event::BodyFormat> BodyFormatOf(std::string_view content_type);

// Whether an Accept field names NDJSON, and not with less weight than JSON (RFC 9110, 12.5.1): who
// names both alike gets NDJSON, as JSON is there without asking. A wildcard asks for JSON.
bool PrefersNdjson(std::string_view accept);

// Whether a Prefer field holds return=minimal.
bool PrefersMinimal(std::string_view prefer);

// Case-insensitive, ASCII.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);
std::string_view Trim(std::string_view text);

}  // namespace oncelog::api
