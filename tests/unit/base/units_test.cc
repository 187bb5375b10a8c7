#include "base/units.h"

#include <gtest/gtest.h>

namespace oncelog {
namespace {

using std::chrono::seconds;

TEST(Units, ReadsSizesOfBothFamilies) {
  EXPECT_EQ(ParseBytes("0"), 0U);
  EXPECT_EQ(ParseBytes("4096"), 4096U);
  EXPECT_EQ(ParseBytes("4096B"), 4096U);
  EXPECT_EQ(ParseBytes("64MiB"), 64U << 20);
  EXPECT_EQ(ParseBytes("64 MiB"), 64U << 20);
  EXPECT_EQ(ParseBytes("64mib"), 64U << 20);
  EXPECT_EQ(ParseBytes("1GB"), 1'000'000'000U);
  EXPECT_EQ(ParseBytes("2TiB"), uint64_t{2} << 40);
}

TEST(Units, RefusesWhatIsNoSize) {
  for (const char* text : {"", "MiB", "-1", "+1", " 1", "1.5GiB", "1M", "1 ", "1  MiB", "1MiBs",
                           "0x10", "1e6", "٣", "18446744073709551616", "16777216TiB"}) {
    EXPECT_EQ(ParseBytes(text), std::nullopt) << text;
  }
}

TEST(Units, ReadsTheLargestSizeThatFits) {
  EXPECT_EQ(ParseBytes("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(ParseBytes("16777215TiB"), uint64_t{16777215} << 40);
}

TEST(Units, ReadsSpans) {
  EXPECT_EQ(ParseSeconds("90"), seconds(90));
  EXPECT_EQ(ParseSeconds("90s"), seconds(90));
  EXPECT_EQ(ParseSeconds("5min"), seconds(300));
  EXPECT_EQ(ParseSeconds("2h"), seconds(7200));
  EXPECT_EQ(ParseSeconds("30d"), seconds(30 * 86400));
  for (const char* text :
       {"", "s", "5m", "1w", "-5s", "1.5h", "18446744073709551615", "99999999999h"}) {
    EXPECT_EQ(ParseSeconds(text), std::nullopt) << text;
  }
}

TEST(Units, ReadsMilliseconds) {
  EXPECT_EQ(ParseMilliseconds("500ms"), std::chrono::milliseconds(500));
  EXPECT_EQ(ParseMilliseconds("2"), seconds(2));
  EXPECT_EQ(ParseMilliseconds("1min"), seconds(60));
  for (const char* text : {"", "ms", "-1ms", "0.5s", "99999999999999999999ms"}) {
    EXPECT_EQ(ParseMilliseconds(text), std::nullopt) << text;
  }
}

TEST(Units, CountsTakeNoUnit) {
  EXPECT_EQ(ParseCount("12"), 12U);
  EXPECT_EQ(ParseCount("12B"), std::nullopt);
  EXPECT_EQ(ParseCount(""), std::nullopt);
}

TEST(Units, WhatIsFormattedReadsBackTheSame) {
  for (const uint64_t bytes :
       {uint64_t{0}, uint64_t{1}, uint64_t{1000}, uint64_t{1024}, uint64_t{1025},
        uint64_t{64} << 20, uint64_t{1'000'000'000}, UINT64_MAX}) {
    EXPECT_EQ(ParseBytes(FormatBytes(bytes)), bytes) << FormatBytes(bytes);
  }
  for (const int64_t span : {0, 1, 59, 60, 61, 3600, 7200, 86399}) {
    EXPECT_EQ(ParseSeconds(FormatSeconds(seconds(span))), seconds(span));
  }
  EXPECT_EQ(FormatBytes(64U << 20), "64MiB");
  EXPECT_EQ(FormatSeconds(seconds(300)), "5min");
}

}  // namespace
}  // namespace oncelog
