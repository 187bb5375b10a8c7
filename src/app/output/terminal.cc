#include "app/output/terminal.h"

#include <cstdint>

namespace oncelog::app {
namespace {

bool TurnsDirection(char32_t code) {
  return code == 0x61c || code == 0x200e || code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

TerminalTrick TrickAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) -> uint32_t {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const uint32_t first = byte(0);
  if (first < 0x20 || first == 0x7f) return {1, first};
  // All others are of two or three bytes.
  if (first >> 5 == 0b110) {
    const char32_t code = (first & 0x1f) << 6 | (byte(1) & 0x3f);
    if ((code >= 0x80 && code < 0xa0) || TurnsDirection(code)) return {2, code};
  } else if (first >> 4 == 0b1110) {
    const char32_t code = (first & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    if (TurnsDirection(code)) return {3, code};
  }
  return {};
}

std::string JsonForTerminal(std::string_view json) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string safe;
  for (size_t i = 0; i < json.size();) {
    const TerminalTrick trick = TrickAt(json, i);
    const bool stays = trick.bytes == 0 || json[i] == '\n' || json[i] == '\r' || json[i] == '\t';
    if (stays) {
      safe += json[i++];
      continue;
    }
    safe += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) safe += kHex[trick.code >> shift & 15];
    i += trick.bytes;
  }
  return safe;
}

}  // namespace oncelog::app
