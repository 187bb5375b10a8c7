#include "event/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace oncelog::event {
namespace {

using namespace std::string_view_literals;

TEST(Utf8SequenceBytes, KnowsTheFirstAndLastOfEachLength) {
  EXPECT_EQ(Utf8SequenceBytes("\0"sv, 0), 1);
  EXPECT_EQ(Utf8SequenceBytes("\x7f", 0), 1);
  EXPECT_EQ(Utf8SequenceBytes("\xc2\x80", 0), 2);
  EXPECT_EQ(Utf8SequenceBytes("\xdf\xbf", 0), 2);
  EXPECT_EQ(Utf8SequenceBytes("\xe0\xa0\x80", 0), 3);
  EXPECT_EQ(Utf8SequenceBytes("\xed\x9f\xbf", 0), 3);
  EXPECT_EQ(Utf8SequenceBytes("\xee\x80\x80", 0), 3);
  EXPECT_EQ(Utf8SequenceBytes("\xef\xbf\xbf", 0), 3);
  EXPECT_EQ(Utf8SequenceBytes("\xf0\x90\x80\x80", 0), 4);
  EXPECT_EQ(Utf8SequenceBytes("\xf4\x8f\xbf\xbf", 0), 4);
}

TEST(Utf8SequenceBytes, RefusesWhatRfc3629Does) {
  for (const std::string_view text :
       {"\x80"sv, "\xbf"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xe0\x9f\xbf"sv, "\xed\xa0\x80"sv,
        "\xed\xbf\xbf"sv, "\xf0\x8f\xbf\xbf"sv, "\xf4\x90\x80\x80"sv, "\xf5\x80\x80\x80"sv,
        "\xff"sv, "\xc2"sv, "\xe2\x82"sv, "\xf0\x9f\x98"sv, "\xc2\x41"sv, "\xe2\x82\x41"sv}) {
    EXPECT_EQ(Utf8SequenceBytes(text, 0), 0);
  }
  EXPECT_EQ(Utf8SequenceBytes("", 0), 0);
  EXPECT_EQ(Utf8SequenceBytes("a", 1), 0);
}

TEST(HasControlCharacter, FindsEachOneAtEachPlace) {
  for (unsigned point = 0; point < 0x100; ++point) {
    std::string character;
    if (point < 0x80) {
      character = static_cast<char>(point);
    } else {
      character = {static_cast<char>(0xc0 | point >> 6), static_cast<char>(0x80 | (point & 0x3f))};
    }
    const bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
    for (size_t before = 0; before < 20; ++before) {
      for (const size_t after : {0, 1, 7, 8, 9}) {
        const std::string text = std::string(before, 'a') + character + std::string(after, 'z');
        ASSERT_EQ(HasControlCharacter(text), control) << "U+" << point << " behind " << before;
      }
    }
  }
  EXPECT_FALSE(HasControlCharacter(""));
}

TEST(HasControlCharacter, LeavesOtherScriptsAlone) {
  EXPECT_FALSE(HasControlCharacter("Straße 東京 мир 😀 ÂÃ ~ £ \u00a0"));
  EXPECT_TRUE(HasControlCharacter("Straße 東京 мир 😀\u0085"));
}

TEST(Excerpt, CutsAtACharacterAndIsSafe) {
  EXPECT_EQ(Excerpt("yesterday"), "\"yesterday\"");
  EXPECT_EQ(Excerpt("a\nb\x7f\u0080\xff"), "\"a?b???\"");
  EXPECT_EQ(PlainExcerpt(std::string(64, 'x')), std::string(64, 'x'));
  EXPECT_EQ(PlainExcerpt(std::string(65, 'x')), std::string(64, 'x') + "…");
  EXPECT_EQ(PlainExcerpt(std::string(63, 'x') + "ß"), std::string(63, 'x') + "…");
}

}  // namespace
}  // namespace oncelog::event
