// What a terminal would act on instead of showing it: control characters (C0, DEL, C1) and those
// that turn the direction of writing, so that a line reads as what it is not.
//
//   TrickAt("a\x1b[2J", 1)                  // {1, 0x1b}
//   JsonForTerminal(R"({"a":"<U+202E>"})")   // {"a":"\u202e"}
//
// Threads: pure functions. Texts are UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace oncelog::app {

struct TerminalTrick {
  size_t bytes = 0;  // of the character; 0: it is none
  char32_t code = 0;
};

TerminalTrick TrickAt(std::string_view text, size_t at);

// `json`, lines of it, with these characters written as \uXXXX: the same JSON to a program. Line
// ends and tabs stay.
std::string JsonForTerminal(std::string_view json);

}  // namespace oncelog::app
