#include "api/media_type.h"

#include <algorithm>
#include <array>
#include <charconv>
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

// Of a media range in Accept: its q, 1 without one or with one that is none.
double WeightOf(std::string_view parameters) {
  const std::string_view text = Parameter(parameters, "q");
  double weight = 1;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), weight);
  const bool whole = failed == std::errc() && end == text.data() + text.size();
  return whole && weight >= 0 && weight <= 1 ? weight : 1;
}

// Of the ranges that application/json is in, the most precise one counts; 0: it is in none.
size_t PrecisionForJson(std::string_view range) {
  constexpr std::array<std::string_view, 3> kRanges = {"*/*", "application/*", "application/json"};
  for (size_t i = 0; i < kRanges.size(); ++i) {
    if (EqualsIgnoringCase(range, kRanges[i])) return i + 1;
  }
  return 0;
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

bool PrefersNdjson(std::string_view accept) {
  double ndjson = 0;
  double json = 0;
  size_t json_precision = 0;
  while (!accept.empty()) {
    std::string_view parameters = CutPart(&accept, ',');
    const std::string_view range = CutPart(&parameters, ';');
    const double weight = WeightOf(parameters);
    if (IsNdjson(range)) ndjson = std::max(ndjson, weight);
    const size_t precision = PrecisionForJson(range);
    if (precision <= json_precision) continue;
    json_precision = precision;
    json = weight;
  }
  return ndjson > 0 && ndjson >= json;
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
