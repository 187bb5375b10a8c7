// JsonOutline: follows brackets and strings of JSON, byte by byte, to find where a value ends.
//
//   JsonOutline outline;
//   for (char c : text) { outline.Take(c); if (outline.closed()) break; }
//
// It checks nothing else. Threads: one at a time.
#pragma once

#include <cstddef>

namespace oncelog::app {

class JsonOutline {
 public:
  void Take(char c) {
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
      return;
    }
    if (c == '"') in_string_ = true;
    if (c == '{' || c == '[') {
      ++depth_;
      opened_ = true;
    }
    if ((c == '}' || c == ']') && depth_ > 0) --depth_;
  }

  [[nodiscard]] bool in_string() const { return in_string_; }
  [[nodiscard]] size_t depth() const { return depth_; }
  // An object or array was opened and is closed again.
  [[nodiscard]] bool closed() const { return opened_ && depth_ == 0; }

 private:
  bool in_string_ = false;
  bool escaped_ = false;
  bool opened_ = false;
  size_t depth_ = 0;
};

}  // namespace oncelog::app
