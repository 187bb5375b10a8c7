// JsonChecker: the work of FindFault (event/json_check.h). A recursive descent without recursion:
// open_ is the stack of brackets, and Run calls Next for what stands inside the innermost.
//
// Threads: one; used once.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/json_check.h"

namespace oncelog::event {

class JsonChecker {
 public:
  JsonChecker(std::string_view text, size_t depth_max, JsonDocument* scratch)
      : text_(text), depth_max_(depth_max), scratch_(scratch) {}

  std::optional<JsonFault> Run();

 private:
  // One level of a path: a member's name as it stands between its quotes, or an element's number.
  struct Step {
    std::string_view name;
    size_t element = 0;
  };

  // Each of these steps over what it is named after, or answers false: the text is malformed.
  bool Value();  // of a container only the opening bracket
  bool Next();   // inside a container: the next member or element, or the closing bracket
  bool Name();
  bool Enter();
  bool Leave();
  bool StringValue();
  bool String();
  bool Escape();
  bool Number();
  bool Digits();
  bool NotANumber(std::string_view token);

  // Notes a rule of ours that is broken at `at`, if it is the first. Always true: the text goes on.
  bool Broken(std::string_view reason, size_t at, std::string detail);
  // Notes that this is no JSON. Always false.
  bool Malformed(size_t at, std::string_view wanted);

  bool Advance(size_t bytes);  // always true
  void SkipSpace();
  [[nodiscard]] char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] std::string_view Word() const;  // the letters that stand here
  [[nodiscard]] int Utf16Unit() const;          // the \uXXXX that stands here, or -1
  bool InRange(std::string_view number);
  [[nodiscard]] bool NamesPath() const;  // does path_ hold a step for the innermost container?
  [[nodiscard]] std::string Path() const;

  std::string_view text_;
  size_t depth_max_;
  JsonDocument* scratch_;
  size_t at_ = 0;
  std::string open_;        // the brackets that are open, outermost first
  std::vector<Step> path_;  // of the outermost of them
  bool first_ = false;      // the innermost bracket has just been opened
  size_t broken_ = 0;       // times that Broken was called
  std::string number_;      // a copy with room for the parser's padding
  std::string_view event_id_;
  std::optional<JsonFault> fault_;
};

}  // namespace oncelog::event
