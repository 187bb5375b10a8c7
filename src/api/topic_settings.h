// A topic's settings as PUT /topics/{topic} takes them and GET gives them back.
//
//   OrProblem<event::TopicSettings> settings = ParseTopicSettings(R"({"retention_age":"30d"})");
//   AppendTopicSettings(&json, *settings);        // "retention_age":2592000,"retention_bytes":null
//
// The body is all of a topic's settings: what it leaves out, or gives as null, is not set. Ages are
// seconds or "30d", sizes bytes or "10GiB" (base/units.h).
// Threads: pure functions. Problems: bad_settings, which names the member and what it takes.
#pragma once

#include <string_view>

#include "api/json_writer.h"
#include "api/problem.h"
#include "event/record.h"

namespace oncelog::api {

inline constexpr uint64_t kRetentionAgeSecondsMax = uint64_t{100} * 366 * 86400;
inline constexpr uint64_t kRetentionBytesMax = uint64_t{1} << 50;

OrProblem<event::TopicSettings> ParseTopicSettings(std::string_view body);
void AppendTopicSettings(JsonWriter* json, const event::TopicSettings& settings);

}  // namespace oncelog::api
