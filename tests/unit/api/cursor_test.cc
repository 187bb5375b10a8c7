#include "api/cursor.h"

#include <gtest/gtest.h>

namespace oncelog::api {
namespace {

constexpr Cursor kCursor{.kind = CursorKind::kTopic,
                         .descending = true,
                         .filters = 0x1122334455667788,
                         .store = 0x99aabbccddeeff00,
                         .after = UINT64_MAX};

TEST(CursorTest, ComesBackAsItWas) {
  for (const CursorKind kind : {CursorKind::kTopic, CursorKind::kAll, CursorKind::kById}) {
    for (const bool descending : {false, true}) {
      for (const uint64_t after : {uint64_t{0}, uint64_t{1}, UINT64_MAX}) {
        Cursor cursor = kCursor;
        cursor.kind = kind;
        cursor.descending = descending;
        cursor.after = after;
        OrProblem<Cursor> back = DecodeCursor(EncodeCursor(cursor));
        ASSERT_TRUE(back.ok());
        EXPECT_EQ(*back, cursor);
      }
    }
  }
}

TEST(CursorTest, IsFitForAQueryAsItIs) {
  const std::string token = EncodeCursor(kCursor);
  EXPECT_EQ(token.size(), 40U);
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789-_"),
            std::string::npos);
}

TEST(CursorTest, EveryChangedCharacterIsFoundOut) {
  const std::string token = EncodeCursor(kCursor);
  for (size_t at = 0; at < token.size(); ++at) {
    std::string changed = token;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    OrProblem<Cursor> back = DecodeCursor(changed);
    ASSERT_FALSE(back.ok()) << at;
    EXPECT_EQ(back.problem().id, ErrorId::kBadCursor);
  }
}

TEST(CursorTest, AnythingElseIsNoCursor) {
  const std::string token = EncodeCursor(kCursor);
  for (const std::string& text :
       {std::string(), std::string("0"), std::string("7"), token + "A", token.substr(1),
        token + "====", std::string(40, '='), std::string(40, 'A'), std::string(1 << 20, 'A')}) {
    OrProblem<Cursor> back = DecodeCursor(text);
    ASSERT_FALSE(back.ok()) << text.substr(0, 50);
    EXPECT_EQ(back.problem().id, ErrorId::kBadCursor);
  }
}

TEST(CursorTest, IsBoundToFiltersOrderKindAndStore) {
  Cursor expected = kCursor;
  expected.after = 0;
  OrProblem<Cursor> same = CheckCursor(kCursor, expected);
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(same->after, kCursor.after);

  Cursor other = kCursor;
  other.filters ^= 1;
  EXPECT_EQ(CheckCursor(other, expected).problem().id, ErrorId::kCursorMismatch);
  other = kCursor;
  other.descending = false;
  EXPECT_EQ(CheckCursor(other, expected).problem().id, ErrorId::kCursorMismatch);
  other = kCursor;
  other.kind = CursorKind::kAll;
  EXPECT_EQ(CheckCursor(other, expected).problem().id, ErrorId::kCursorMismatch);
  other = kCursor;
  other.store ^= 1;
  EXPECT_EQ(CheckCursor(other, expected).problem().id, ErrorId::kStaleCursor);
}

}  // namespace
}  // namespace oncelog::api
