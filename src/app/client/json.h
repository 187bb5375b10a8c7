// Json: a small read-only JSON value, for the server's answers. Not for events: those are handed
// on byte for byte.
//
//   Result<Json> answer = Json::Parse(body);
//   uint64_t accepted = answer->Count("accepted");
//
// Threads: a plain value. Ownership: owns everything in it. Errors: kInvalid for what is not JSON.
// Looking up what is not there gives the empty value (null, 0, ""): newer servers only add members.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace oncelog::app {

class Json {
 public:
  using Items = std::vector<Json>;
  using Members = std::vector<std::pair<std::string, Json>>;
  using Value = std::variant<std::monostate, bool, uint64_t, double, std::string, Items, Members>;

  Json() = default;
  explicit Json(Value value) : value_(std::move(value)) {}

  static Result<Json> Parse(std::string_view text);

  // A member of an object by name; the null value if this has none.
  [[nodiscard]] const Json& operator[](std::string_view name) const;
  [[nodiscard]] const Items& items() const;      // empty unless an array
  [[nodiscard]] const Members& members() const;  // empty unless an object
  [[nodiscard]] bool is_null() const { return value_.index() == 0; }
  [[nodiscard]] bool is_true() const;
  [[nodiscard]] uint64_t count() const;  // 0 unless a number of at least 0
  [[nodiscard]] double number() const;
  [[nodiscard]] std::string_view text() const;  // empty unless a string

  [[nodiscard]] uint64_t Count(std::string_view name) const { return (*this)[name].count(); }
  [[nodiscard]] std::string Text(std::string_view name) const {
    return std::string((*this)[name].text());
  }

 private:
  Value value_;
};

}  // namespace oncelog::app
