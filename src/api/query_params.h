// QueryParams: the query of a request, parsed strictly: a name that the path does not know, a name
// given twice, or a value that is not what it should be is a 400 that names it. A misspelt filter
// must never read as "no filter".
//
//   OrProblem<QueryParams> params = QueryParams::Parse(request.query(), {"topic", "limit"});
//   OrProblem<uint64_t> limit = params->Integer("limit", {.min = 1, .max = 100, .otherwise = 10});
//
// Threads: a plain value. Ownership: owns its strings.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/problem.h"
#include "base/time.h"

namespace oncelog::api {

struct IntegerRule {
  uint64_t min = 0;
  uint64_t max = UINT64_MAX;
  uint64_t otherwise = 0;  // if the parameter is not there
};

class QueryParams {
 public:
  // `query` is what stands behind '?', percent-encoded; `known` the names the path takes.
  static OrProblem<QueryParams> Parse(std::string_view query,
                                      std::initializer_list<std::string_view> known);

  // The decoded value, or null.
  [[nodiscard]] const std::string* Find(std::string_view name) const;

  OrProblem<uint64_t> Integer(std::string_view name, const IntegerRule& rule) const;
  // One of `words`; the number of the word, or 0 if the parameter is not there.
  OrProblem<size_t> Word(std::string_view name,
                         std::initializer_list<std::string_view> words) const;
  // A topic or event_id: 1 to 255 bytes without control characters.
  OrProblem<std::optional<std::string>> Name(std::string_view name) const;
  // A source: 1 to 255 bytes of any kind.
  OrProblem<std::optional<std::string>> Source(std::string_view name) const;
  // RFC 3339; a space before hh:mm at the end is taken for the + it was before decoding.
  OrProblem<std::optional<Instant>> Time(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

Problem BadParameter(std::string_view name, std::string_view wanted);

// Whether an event can have `text` as its topic or event_id.
bool CanBeName(std::string_view text);

}  // namespace oncelog::api
