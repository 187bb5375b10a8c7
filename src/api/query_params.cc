#include "api/query_params.h"

#include <algorithm>
#include <charconv>

#include "api/percent.h"
#include "event/limits.h"
#include "event/timestamp.h"
#include "event/utf8.h"

namespace oncelog::api {
namespace {

Problem UnknownParameter(std::string_view name, std::initializer_list<std::string_view> known) {
  std::string detail = "unknown parameter " + event::Excerpt(name) + "; this path takes ";
  if (known.size() == 0) detail += "none";
  std::string_view separator;
  for (const std::string_view one : known) {
    detail.append(separator).append(one);
    separator = ", ";
  }
  return {.id = ErrorId::kUnknownParameter, .detail = std::move(detail)};
}

// In a query an unencoded + means a space, and many write +02:00 without encoding it.
std::string WithPlusBeforeOffset(std::string text) {
  constexpr size_t kOffsetBytes = 6;  // " 02:00"
  const auto digit = [&](size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() <= kOffsetBytes) return text;
  const size_t at = text.size() - kOffsetBytes;
  if (text[at] == ' ' && digit(at + 1) && digit(at + 2) && text[at + 3] == ':' && digit(at + 4) &&
      digit(at + 5)) {
    text[at] = '+';
  }
  return text;
}

}  // namespace

Problem BadParameter(std::string_view name, std::string_view wanted) {
  return {.id = ErrorId::kBadParameter,
          .detail = "parameter '" + std::string(name) + "': " + std::string(wanted)};
}

bool CanBeName(std::string_view text) {
  static_assert(event::kTopicBytesMax == event::kEventIdBytesMax);
  if (text.empty() || text.size() > event::kTopicBytesMax) return false;
  return !event::HasControlCharacter(text);
}

OrProblem<QueryParams> QueryParams::Parse(std::string_view query,
                                          std::initializer_list<std::string_view> known) {
  QueryParams params;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (part.empty()) continue;  // "a=1&&b=2", "a=1&"
    const size_t equals = part.find('=');
    const std::string_view raw_name = part.substr(0, equals);
    const std::string_view raw_value =
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    const std::optional<std::string> name = PercentDecode(raw_name, PlusIs::kSpace);
    if (!name || std::find(known.begin(), known.end(), *name) == known.end()) {
      return UnknownParameter(name ? *name : raw_name, known);
    }
    if (params.Find(*name) != nullptr) return BadParameter(*name, "is given twice");
    std::optional<std::string> value = PercentDecode(raw_value, PlusIs::kSpace);
    if (!value) return BadParameter(*name, "is not percent-encoded UTF-8");
    params.values_.emplace_back(*name, *std::move(value));
  }
  return params;
}

const std::string* QueryParams::Find(std::string_view name) const {
  for (const auto& [known, value] : values_) {
    if (known == name) return &value;
  }
  return nullptr;
}

OrProblem<uint64_t> QueryParams::Integer(std::string_view name, const IntegerRule& rule) const {
  const std::string* text = Find(name);
  if (text == nullptr) return rule.otherwise;
  uint64_t number = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || stop != end || number < rule.min || number > rule.max) {
    return BadParameter(name, "wants a whole number from " + std::to_string(rule.min) + " to " +
                                  std::to_string(rule.max) + ", not " + event::Excerpt(*text));
  }
  return number;
}

OrProblem<size_t> QueryParams::Word(std::string_view name,
                                    std::initializer_list<std::string_view> words) const {
  const std::string* text = Find(name);
  if (text == nullptr) return size_t{0};
  const auto* const found = std::find(words.begin(), words.end(), *text);
  if (found != words.end()) return static_cast<size_t>(found - words.begin());
  std::string wanted = "wants ";
  std::string_view separator;
  for (const std::string_view word : words) {
    wanted.append(separator).append(word);
    separator = " or ";
  }
  return BadParameter(name, wanted + ", not " + event::Excerpt(*text));
}

OrProblem<std::optional<std::string>> QueryParams::Name(std::string_view name) const {
  const std::string* text = Find(name);
  if (text == nullptr) return std::optional<std::string>();
  if (!CanBeName(*text)) {
    return BadParameter(name, "wants 1 to 255 bytes without control characters");
  }
  return std::optional<std::string>(*text);
}

OrProblem<std::optional<std::string>> QueryParams::Source(std::string_view name) const {
  const std::string* text = Find(name);
  if (text == nullptr) return std::optional<std::string>();
  if (text->empty() || text->size() > event::kSourceBytesMax) {
    return BadParameter(name, "wants 1 to 255 bytes");
  }
  return std::optional<std::string>(*text);
}

OrProblem<std::optional<Instant>> QueryParams::Time(std::string_view name) const {
  const std::string* text = Find(name);
  if (text == nullptr) return std::optional<Instant>();
  const std::optional<Instant> at = event::ParseTimestamp(WithPlusBeforeOffset(*text));
  if (!at) {
    return BadParameter(
        name, "wants an RFC 3339 time such as 2025-10-22T10:00:00Z, not " + event::Excerpt(*text));
  }
  return at;
}

}  // namespace oncelog::api
