#include "event/event_rules.h"

#include "event/limits.h"
#include "event/timestamp.h"
#include "event/utf8.h"

namespace oncelog::event {
namespace {

struct TextRule {
  std::string_view field;
  size_t bytes_max;
  bool control_characters;
};
constexpr TextRule kTopic{"topic", kTopicBytesMax, false};
constexpr TextRule kEventId{"event_id", kEventIdBytesMax, false};
constexpr TextRule kSource{"source", kSourceBytesMax, true};

// What goes for every member: there, once, of the right type.
std::optional<Violation> CheckShape(std::string_view field, const FoundMember& member,
                                    JsonType wanted) {
  if (!member.present) {
    return Violation{std::string(field), "missing",
                     "every event needs this member, " + std::string(NameOf(wanted))};
  }
  if (member.twice) return DuplicateMember(std::string(field));
  if (member.value.type() != wanted) {
    return Violation{std::string(field), "wrong_type",
                     "must be " + std::string(NameOf(wanted)) + "; found " +
                         std::string(NameOf(member.value.type()))};
  }
  return std::nullopt;
}

std::optional<Violation> CheckText(const TextRule& rule, const FoundMember& member) {
  if (auto broken = CheckShape(rule.field, member, JsonType::kString)) return broken;
  const std::string_view text = member.value.String();
  if (text.empty()) {
    return Violation{std::string(rule.field), "empty",
                     "must hold 1 to " + std::to_string(rule.bytes_max) + " bytes of UTF-8"};
  }
  if (text.size() > rule.bytes_max) {
    return Violation{std::string(rule.field), "too_long",
                     "may hold at most " + std::to_string(rule.bytes_max) +
                         " bytes of UTF-8; found " + std::to_string(text.size()) + ": " +
                         Excerpt(text)};
  }
  if (!rule.control_characters && HasControlCharacter(text)) {
    return Violation{std::string(rule.field), "control_character",
                     "must not hold control characters (U+0000 to U+001F, U+007F to U+009F); "
                     "found " +
                         Excerpt(text)};
  }
  return std::nullopt;
}

std::optional<Violation> CheckTimestamp(const FoundMember& member, Instant* timestamp) {
  if (auto broken = CheckShape("timestamp", member, JsonType::kString)) return broken;
  const std::string_view text = member.value.String();
  std::string_view why;
  if (const std::optional<Instant> at = ParseTimestamp(text, &why)) {
    *timestamp = *at;
    return std::nullopt;
  }
  std::string detail = "must be an RFC 3339 date-time such as 2025-10-22T10:00:00Z; ";
  if (!why.empty()) detail.append(why).append(": ");
  return Violation{"timestamp", "not_rfc3339",
                   detail + (why.empty() ? "found " : "") + Excerpt(text)};
}

}  // namespace

std::optional<Violation> FirstViolation(const FoundEvent& found, Instant* timestamp) {
  if (auto broken = CheckText(kTopic, found.topic)) return broken;
  if (auto broken = CheckText(kEventId, found.event_id)) return broken;
  if (auto broken = CheckTimestamp(found.timestamp, timestamp)) return broken;
  if (auto broken = CheckText(kSource, found.source)) return broken;
  if (auto broken = CheckShape("payload", found.payload, JsonType::kObject)) return broken;
  if (found.in_payload) return found.in_payload;
  return found.in_others;
}

Violation NotAnObject(std::string_view found) {
  return {"", "not_an_object", "an event is a JSON object; found " + std::string(found)};
}

Violation TooLarge(size_t bytes) {
  return {"", "too_large",
          "an event may have at most " + std::to_string(kEventBytesMax) + " bytes; found " +
              std::to_string(bytes)};
}

Violation DuplicateMember(std::string field) {
  return {std::move(field), "duplicate_member",
          "its object has this name twice (names are compared after unescaping)"};
}

Violation TooDeep(std::string field) {
  return {std::move(field), "too_deep",
          "objects and arrays may be nested at most " + std::to_string(kDepthMax) +
              " levels deep, the member's own value being the first"};
}

}  // namespace oncelog::event
