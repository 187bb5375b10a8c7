#include "store/segment/uuid_text.h"

#include <array>
#include <cstdint>
#include <cstring>

namespace oncelog::store {
namespace {

constexpr std::string_view kMember = "\"event_id\":\"";
constexpr size_t kSearchBytes = 1024;
// Where the 16 bytes' digits stand.
constexpr std::array<uint8_t, kUuidBytes> kPlaces = {0,  2,  4,  6,  9,  11, 14, 16,
                                                     19, 21, 24, 26, 28, 30, 32, 34};
constexpr uint8_t kNoDigit = 0xff;

constexpr std::array<uint8_t, 256> MakeDigits() {
  std::array<uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (uint8_t i = 0; i < 10; ++i) digits['0' + i] = i;
  for (uint8_t i = 0; i < 6; ++i) digits['a' + i] = static_cast<uint8_t>(10 + i);
  return digits;
}
constexpr std::array<uint8_t, 256> kDigits = MakeDigits();

constexpr std::array<std::array<char, 2>, 256> MakePairs() {
  constexpr std::string_view kText = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (size_t i = 0; i < 256; ++i) pairs[i] = {kText[i >> 4], kText[i & 15]};
  return pairs;
}
constexpr std::array<std::array<char, 2>, 256> kPairs = MakePairs();

uint8_t DigitAt(std::string_view text, size_t at) {
  return kDigits[static_cast<uint8_t>(text[at])];
}

}  // namespace

bool IsUuid(std::string_view text) {
  if (text.size() < kUuidTextBytes) return false;
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  unsigned seen = 0;  // digits are below 16
  for (const uint8_t at : kPlaces) seen |= DigitAt(text, at) | DigitAt(text, at + size_t{1});
  return seen < 16;
}

std::optional<size_t> FindUuid(std::string_view json, size_t hint) {
  if (hint < json.size() && IsUuid(json.substr(hint))) return hint;
  const size_t member = json.substr(0, kSearchBytes).find(kMember);
  if (member == std::string_view::npos) return std::nullopt;
  const size_t at = member + kMember.size();
  return IsUuid(json.substr(at)) ? std::optional(at) : std::nullopt;
}

void PackUuid(std::string_view text, char* to) {
  for (size_t i = 0; i < kUuidBytes; ++i) {
    to[i] = static_cast<char>(DigitAt(text, kPlaces[i]) << 4 | DigitAt(text, kPlaces[i] + 1));
  }
}

void UnpackUuid(const char* from, char* text) {
  text[8] = text[13] = text[18] = text[23] = '-';
  for (size_t i = 0; i < kUuidBytes; ++i) {
    std::memcpy(text + kPlaces[i], kPairs[static_cast<uint8_t>(from[i])].data(), 2);
  }
}

}  // namespace oncelog::store
