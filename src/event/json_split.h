// JsonSplitter: cuts the top level of a text into values by strings and brackets alone, whether or
// not the values themselves are in order. So one broken event can be told from its neighbours.
//
//   JsonSplitter in(text);
//   if (in.Take('[')) …
//   std::string_view element = in.TakeValue();
//
// Threads: one. Ownership: views into the text. Time is linear; no recursion. Units: bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace oncelog::event {

// Without the white space of JSON at both ends.
std::string_view TrimSpace(std::string_view text);

class JsonSplitter {
 public:
  explicit JsonSplitter(std::string_view text, size_t at = 0) : text_(text), at_(at) {}

  // Steps over white space and then over `mark`, if that comes next.
  bool Take(char mark);
  // Steps over white space and takes what looks like one value: a string, everything from a bracket
  // to where as many are closed as were opened, or all up to the next white space or mark. Empty if
  // a comma, a colon, a closing bracket or the end comes next.
  std::string_view TakeValue();

  [[nodiscard]] bool AtEnd();  // steps over white space
  [[nodiscard]] size_t at() const { return at_; }

 private:
  void SkipSpace();
  void SkipString();

  std::string_view text_;
  size_t at_;
};

// The value of the first member `name` (its token as sent, quotes included) of an object, if that
// looks like an array.
std::optional<std::string_view> FindMemberArray(std::string_view object, std::string_view name);

}  // namespace oncelog::event
