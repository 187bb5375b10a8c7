#include "api/media_type.h"

#include <algorithm>
#include <string>

#include "event/utf8.h"

namespace oncelog::api {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Cuts the part up to `separator` off the front of `rest`, trimmed.
std::string_view CutPart(std::string_view* rest, char separator) {
  const size_t end = std::min(rest->find(separator), rest->size());
  const std::string_view part = rest->substr(0, end);
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return Trim(part);
}

std::string_view Unquote(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

// The value of parameter `name` among "a=1; b=2", or empty.
std::string_view Parameter(std::string_view rest, std::string_view name) {
  while (!rest.empty()) {
    std::string_view value = CutPart(&rest, ';');
    const std::string_view key = CutPart(&value, '=');
    if (EqualsIgnoringCase(key, name)) return Unquote(Trim(value));
  }
  return {};
}

bool IsNdjson(std::string_view type) {
  return EqualsIgnoringCase(type, kNdjsonMediaType) ||
         EqualsIgnoringCase(type, "application/ndjson") ||
         EqualsIgnoringCase(type, "application/jsonl") ||
         EqualsIgnoringCase(type, "application/x-jsonlines");
}

bool IsJson(std::string_view type) {
  constexpr std::string_view kSuffix = "+json";
  return EqualsIgnoringCase(type, "application/json") || EqualsIgnoringCase(type, "text/json") ||
         (type.size() > kSuffix.size() &&
          EqualsIgnoringCase(type.substr(type.size() - kSuffix.size()), kSuffix));
}

}  // namespace

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

OrProblem<event::BodyFormat> BodyFormatOf(std::string_view content_type) {
  if (content_type.empty() || content_type == "application/json") return event::BodyFormat::kJson;
  std::string_view rest = content_type;
  const std::string_view type = CutPart(&rest, ';');
  const bool ndjson = IsNdjson(type);
  if (!ndjson && !IsJson(type)) {
    return Problem{.id = ErrorId::kUnsupportedMediaType,
                   .detail = "a body of " + event::Excerpt(type) +
                             " is not taken; add -H 'Content-Type: application/json' (or "
                             "application/x-ndjson for one event a line)"};
  }
  const std::string_view charset = Parameter(rest, "charset");
  if (!charset.empty() && !EqualsIgnoringCase(charset, "utf-8") &&
      !EqualsIgnoringCase(charset, "utf8") && !EqualsIgnoringCase(charset, "us-ascii")) {
    return Problem{.id = ErrorId::kUnsupportedMediaType,
                   .detail = "JSON is UTF-8, not " + event::Excerpt(charset) +
                             "; recode the body and add -H 'Content-Type: application/json'"};
  }
  return ndjson ? event::BodyFormat::kNdjson : event::BodyFormat::kJson;
}

bool AcceptsNdjson(std::string_view accept) {
  while (!accept.empty()) {
    std::string_view range = CutPart(&accept, ',');
    const std::string_view type = CutPart(&range, ';');
    if (!IsNdjson(type)) continue;
    const std::string_view weight = Parameter(range, "q");
    // "0", "0.", "0.000" refuse; anything else, also what is not a number, asks for it.
    return weight.empty() || weight.find_first_not_of("0.") != std::string_view::npos;
  }
  return false;
}

bool PrefersMinimal(std::string_view prefer) {
  while (!prefer.empty()) {
    std::string_view value = CutPart(&prefer, ',');
    value = CutPart(&value, ';');
    const std::string_view name = CutPart(&value, '=');
    if (EqualsIgnoringCase(name, "return")) {
      return EqualsIgnoringCase(Unquote(Trim(value)), "minimal");  // the first one counts
    }
  }
  return false;
}

}  // namespace oncelog::api
