#include "api/topic_settings.h"

#include <array>
#include <optional>
#include <string>

#include "base/units.h"
#include "event/json_check.h"
#include "event/json_document.h"
#include "event/limits.h"
#include "event/utf8.h"

namespace oncelog::api {
namespace {

using event::JsonCursor;
using event::JsonType;

std::optional<uint64_t> ParseAge(std::string_view text) {
  const std::optional<std::chrono::seconds> age = ParseSeconds(text);
  if (!age) return std::nullopt;
  return static_cast<uint64_t>(age->count());
}

struct Member {
  std::string_view name;
  uint64_t event::TopicSettings::*place;
  uint64_t max;
  std::optional<uint64_t> (*parse)(std::string_view);
  std::string_view wanted;
};

constexpr std::array<Member, 2> kMembers = {
    {{"retention_age", &event::TopicSettings::retention_age_seconds, kRetentionAgeSecondsMax,
      ParseAge, "a time of 1 s to 100 years: seconds, or a text like \"36h\" or \"30d\""},
     {"retention_bytes", &event::TopicSettings::retention_bytes, kRetentionBytesMax, ParseBytes,
      "a size of 1 byte to 1 PiB: bytes, or a text like \"500MB\" or \"10GiB\""}}};

Problem Bad(std::string detail) {
  return {.id = ErrorId::kBadSettings, .detail = std::move(detail)};
}

Problem Malformed(std::string_view json, event::JsonDocument* document) {
  const std::optional<event::JsonFault> fault = FindFault(json, event::kDepthMax, document);
  if (!fault) return Bad("the parser does not take this body");
  if (!fault->malformed()) return Bad(fault->field + ": " + fault->detail);
  return {.id = ErrorId::kMalformedJson,
          .detail = "at byte " + std::to_string(fault->at) + " of the body: " + fault->detail};
}

// The value at the cursor; 0 for null, nothing for what is none.
std::optional<uint64_t> ReadValue(const JsonCursor& at, const Member& member) {
  switch (at.type()) {
    case JsonType::kNull: return 0;
    case JsonType::kUint64:
    case JsonType::kInt64: {
      const uint64_t number = at.NumberBits();  // a negative one is far beyond every bound
      if (number == 0 || number > member.max) return std::nullopt;
      return number;
    }
    case JsonType::kString: {
      const std::optional<uint64_t> number = member.parse(at.String());
      if (!number || *number == 0 || *number > member.max) return std::nullopt;
      return number;
    }
    default: return std::nullopt;
  }
}

}  // namespace

OrProblem<event::TopicSettings> ParseTopicSettings(std::string_view body) {
  std::string text(body);
  text.append(event::JsonDocument::kPaddingBytes, ' ');
  event::JsonDocument document;
  const std::string_view json = std::string_view(text).substr(0, body.size());
  if (document.Parse(json) != event::JsonParse::kOk) return Malformed(json, &document);
  JsonCursor at = document.Root();
  if (at.type() != JsonType::kObject) {
    return Bad("the body is " + std::string(NameOf(at.type())) +
               "; it must be an object like {\"retention_age\":\"30d\"}");
  }
  for (const Member& member : kMembers) {
    if (at.CountMembers(member.name) > 1) return Bad(std::string(member.name) + " stands twice");
  }
  event::TopicSettings settings;
  at.Enter();
  while (!at.AtClose()) {
    const std::string_view name = at.String();
    at.StepToValue();
    const Member* found = nullptr;
    for (const Member& member : kMembers) {
      if (member.name == name) found = &member;
    }
    if (found == nullptr) {
      return Bad("there is no setting " + event::Excerpt(name) +
                 "; there are retention_age and retention_bytes");
    }
    const std::optional<uint64_t> value = ReadValue(at, *found);
    if (!value) {
      return Bad(std::string(name) + " takes " + std::string(found->wanted) +
                 "; null takes the setting away");
    }
    settings.*found->place = *value;
    at.Skip();
    at.StepOverComma();
  }
  return settings;
}

void AppendTopicSettings(JsonWriter* json, const event::TopicSettings& settings) {
  for (const Member& member : kMembers) {
    json->Key(member.name);
    if (settings.*member.place == 0) {
      json->Null();
    } else {
      json->Number(settings.*member.place);
    }
  }
}

}  // namespace oncelog::api
