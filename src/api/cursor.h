// Cursor: where a reader of GET /events stands, as an opaque token.
//
// It is base64url (without padding) of 30 bytes, little endian:
//   u8 version (1) · u8 bits: kind in 0–1, order in 2 · u64 filters · u64 store · u64 after ·
//   u32 checksum of the bytes before it
// `filters` is a hash of all filters, so that a cursor is not taken on with others; `store` one of
// the store's id and epoch, so that one from before a restore is found out.
//
//   std::string token = EncodeCursor(cursor);
//   OrProblem<Cursor> back = DecodeCursor(token);   // bad_cursor if it is none
//
// The checksum keeps typing errors out, not forgers: a forged cursor reads what its forger may read
// anyway.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/problem.h"

namespace oncelog::api {

// What `after` counts.
enum class CursorKind : uint8_t {
  kTopic = 0,  // sequences of one topic
  kAll = 1,    // positions of the store
  kById = 2,   // of a query by event_id: topics looked at; with a topic, events given
};

struct Cursor {
  CursorKind kind = CursorKind::kAll;
  bool descending = false;
  uint64_t filters = 0;
  uint64_t store = 0;
  uint64_t after = 0;

  bool operator==(const Cursor&) const = default;
};

std::string EncodeCursor(const Cursor& cursor);
OrProblem<Cursor> DecodeCursor(std::string_view token);

// `sent`, if it goes on with the query that would make `expected` (whose `after` does not count);
// else cursor_mismatch or stale_cursor.
OrProblem<Cursor> CheckCursor(const Cursor& sent, const Cursor& expected);

}  // namespace oncelog::api
