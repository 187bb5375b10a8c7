#include "event/utf8.h"

#include <cstdint>

#include "base/bytes.h"

namespace oncelog::event {
namespace {

constexpr size_t kWordBytes = sizeof(uint64_t);
constexpr uint8_t kC1Lead = 0xc2;  // U+0080 to U+009F are C2 80 to C2 9F

bool IsContinuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

// Does one of eight bytes begin a control character, or may it? (The borrow of a byte that is below
// `bound` can only mark others wrongly, never hide one: see "Bit Twiddling Hacks", hasless.)
bool MayHoldControl(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101'0101'0101'0101;
  constexpr uint64_t kTops = 0x8080'8080'8080'8080;
  const auto has_below = [](uint64_t bytes, uint64_t bound) {
    return (bytes - kOnes * bound) & ~bytes & kTops;
  };
  return (has_below(word, 0x20) | has_below(word ^ kOnes * 0x7f, 1) |
          has_below(word ^ kOnes * kC1Lead, 1)) != 0;
}

}  // namespace

size_t Utf8SequenceBytes(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return at + i < text.size() ? static_cast<uint8_t>(text[at + i]) : uint8_t{0};
  };
  const uint8_t first = byte(0);
  if (first < 0x80) return at < text.size() ? 1 : 0;
  if (first < 0xc2 || !IsContinuation(byte(1))) return 0;
  if (first < 0xe0) return 2;
  if (!IsContinuation(byte(2))) return 0;
  if (first < 0xf0) {
    if (first == 0xe0 && byte(1) < 0xa0) return 0;   // not the shortest form
    if (first == 0xed && byte(1) >= 0xa0) return 0;  // a surrogate
    return 3;
  }
  if (!IsContinuation(byte(3)) || first > 0xf4) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;   // not the shortest form
  if (first == 0xf4 && byte(1) >= 0x90) return 0;  // beyond U+10FFFF
  return 4;
}

bool HasControlCharacter(std::string_view text) {
  // Most texts are found innocent eight bytes at a time; the last eight overlap those before them.
  if (text.size() >= kWordBytes) {
    bool suspect = MayHoldControl(LoadLe<uint64_t>(text.data() + text.size() - kWordBytes));
    for (size_t at = 0; at + kWordBytes < text.size(); at += kWordBytes) {
      suspect |= MayHoldControl(LoadLe<uint64_t>(text.data() + at));
    }
    if (!suspect) return false;
  }
  uint8_t before = 0;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (before == kC1Lead && byte < 0xa0) return true;
    before = byte;
  }
  return false;
}

std::string PlainExcerpt(std::string_view text, size_t bytes_max) {
  std::string safe;
  size_t at = 0;
  while (at < text.size()) {
    const size_t bytes = Utf8SequenceBytes(text, at);
    if (safe.size() + bytes > bytes_max) {
      safe += "…";
      break;
    }
    const std::string_view sequence = text.substr(at, bytes);
    if (bytes == 0 || HasControlCharacter(sequence)) {
      safe += '?';
    } else {
      safe += sequence;
    }
    at += bytes == 0 ? 1 : bytes;
  }
  return safe;
}

std::string Excerpt(std::string_view text) { return '"' + PlainExcerpt(text) + '"'; }

}  // namespace oncelog::event
