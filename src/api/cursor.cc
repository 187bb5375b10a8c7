#include "api/cursor.h"

#include <optional>

#include "base/bytes.h"
#include "base/hash.h"

namespace oncelog::api {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kCursorBytes = 30;
constexpr uint64_t kChecksumSeed = 0x63'75'72'73'6f'72;  // "cursor"
constexpr uint8_t kDescendingBit = 4;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static_assert(kCursorBytes % 3 == 0, "the base64 form needs no padding");

std::string ToBase64Url(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() / 3 * 4);
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) group = group << 8 | static_cast<uint8_t>(bytes[at + i]);
    for (int shift = 18; shift >= 0; shift -= 6) text += kAlphabet[group >> shift & 63];
  }
  return text;
}

std::optional<std::string> FromBase64Url(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (size_t at = 0; at < text.size(); at += 4) {
    uint32_t group = 0;
    for (size_t i = 0; i < 4; ++i) {
      const size_t digit = kAlphabet.find(text[at + i]);
      if (digit == std::string_view::npos) return std::nullopt;
      group = group << 6 | static_cast<uint32_t>(digit);
    }
    for (int shift = 16; shift >= 0; shift -= 8) bytes += static_cast<char>(group >> shift & 255);
  }
  return bytes;
}

uint32_t ChecksumOf(std::string_view bytes) {
  return static_cast<uint32_t>(Checksum64(bytes, kChecksumSeed));
}

Problem BadCursor() {
  return {.id = ErrorId::kBadCursor,
          .detail = "parameter 'after' wants the `next` of an earlier page, as it was"};
}

}  // namespace

std::string EncodeCursor(const Cursor& cursor) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.Put(kVersion);
  out.Put(static_cast<uint8_t>(static_cast<uint8_t>(cursor.kind) |
                               (cursor.descending ? kDescendingBit : 0)));
  out.Put(cursor.filters);
  out.Put(cursor.store);
  out.Put(cursor.after);
  out.Put(ChecksumOf(bytes));
  return ToBase64Url(bytes);
}

OrProblem<Cursor> DecodeCursor(std::string_view token) {
  if (token.size() != kCursorBytes / 3 * 4) return BadCursor();
  const std::optional<std::string> bytes = FromBase64Url(token);
  if (!bytes) return BadCursor();
  ByteReader in(*bytes);
  const auto version = in.Get<uint8_t>();
  const auto bits = in.Get<uint8_t>();
  Cursor cursor;
  cursor.filters = in.Get<uint64_t>();
  cursor.store = in.Get<uint64_t>();
  cursor.after = in.Get<uint64_t>();
  const auto checksum = in.Get<uint32_t>();
  if (checksum != ChecksumOf(std::string_view(*bytes).substr(0, kCursorBytes - sizeof checksum))) {
    return BadCursor();
  }
  const int kind = bits & 3;
  if (version != kVersion || kind > static_cast<int>(CursorKind::kById) || bits >= 8) {
    return BadCursor();
  }
  cursor.kind = static_cast<CursorKind>(kind);
  cursor.descending = (bits & kDescendingBit) != 0;
  return cursor;
}

OrProblem<Cursor> CheckCursor(const Cursor& sent, const Cursor& expected) {
  if (sent.store != expected.store) {
    return Problem{.id = ErrorId::kStaleCursor,
                   .detail =
                       "this cursor is of another store, or of this one before a backup was "
                       "restored: start again without 'after'"};
  }
  Cursor same_place = expected;
  same_place.after = sent.after;
  if (sent != same_place) {
    return Problem{.id = ErrorId::kCursorMismatch,
                   .detail =
                       "this cursor was made with other filters or another order: repeat "
                       "them, or start again without 'after'"};
  }
  return sent;
}

}  // namespace oncelog::api
