#include "event/timestamp.h"

#include <gtest/gtest.h>

#include <string>

namespace oncelog::event {
namespace {

constexpr int64_t k2025 = 1'761'127'200;  // 2025-10-22T10:00:00Z

Instant At(std::string_view text) {
  const std::optional<Instant> at = ParseTimestamp(text);
  EXPECT_TRUE(at.has_value()) << text;
  return at.value_or(Instant{-1, 999});
}

TEST(ParseTimestamp, TakesTheFormsOfTheSpec) {
  for (const char* text :
       {"2025-10-22T10:00:00Z", "2025-10-22t10:00:00z", "2025-10-22 10:00:00Z",
        "2025-10-22T10:00:00", "2025-10-22 10:00:00", "2025-10-22T10:00:00+00:00",
        "2025-10-22T10:00:00-00:00", "2025-10-22T12:30:00+02:30", "2025-10-21T23:00:00-11:00",
        "2025-10-22T10:00:00.0Z", "2025-10-22T10:00:00.000000000"}) {
    EXPECT_EQ(At(text), (Instant{k2025, 0})) << text;
  }
}

TEST(ParseTimestamp, ReadsFractionsUpToNanoseconds) {
  EXPECT_EQ(At("2025-10-22T10:00:00.5Z"), (Instant{k2025, 500'000'000}));
  EXPECT_EQ(At("2025-10-22T10:00:00.123456789Z"), (Instant{k2025, 123'456'789}));
  EXPECT_EQ(At("2025-10-22T10:00:00.000000001+00:00"), (Instant{k2025, 1}));
  EXPECT_FALSE(ParseTimestamp("2025-10-22T10:00:00.1234567890Z"));
  EXPECT_FALSE(ParseTimestamp("2025-10-22T10:00:00.Z"));
  EXPECT_FALSE(ParseTimestamp("2025-10-22T10:00:00."));
  EXPECT_FALSE(ParseTimestamp("2025-10-22T10:00:00,5Z"));
}

TEST(ParseTimestamp, CountsUpwardsBefore1970) {
  EXPECT_EQ(At("1969-12-31T23:59:59.75Z"), (Instant{-1, 750'000'000}));
  EXPECT_EQ(At("0000-01-01T00:00:00Z").seconds, -62'167'219'200);
  EXPECT_EQ(At("9999-12-31T23:59:59.999999999Z"), (Instant{253'402'300'799, 999'999'999}));
}

TEST(ParseTimestamp, WantsARealCalendarDate) {
  EXPECT_TRUE(ParseTimestamp("2024-02-29T00:00:00Z"));
  EXPECT_TRUE(ParseTimestamp("2000-02-29T00:00:00Z"));
  for (const char* text : {"2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2025-04-31T00:00:00Z",
                           "2025-00-10T00:00:00Z", "2025-13-10T00:00:00Z", "2025-10-00T00:00:00Z",
                           "2025-10-32T00:00:00Z"}) {
    EXPECT_FALSE(ParseTimestamp(text)) << text;
  }
}

TEST(ParseTimestamp, SaysWhatPeopleGetWrong) {
  const auto why = [](std::string_view text) {
    std::string_view reason = "not set";
    EXPECT_FALSE(ParseTimestamp(text, &reason)) << text;
    return std::string(reason);
  };
  EXPECT_EQ(why("2025-10-22T10:00:00.1234567890Z"),
            "a fraction has at most 9 digits (nanoseconds)");
  for (const char* text : {"2025-02-30T10:00:00Z", "2025-13-01T10:00:00Z", "2025-10-32T10:00:00"}) {
    EXPECT_EQ(why(text), "there is no such date") << text;
  }
  EXPECT_EQ(why("2025-10-22T24:00:00Z"), "there is no such time of day");
  EXPECT_EQ(why("2025-10-22T10:00:00+25:00"), "there is no such offset");
  EXPECT_EQ(why("2025-10-22T10:00:60Z"), "a leap second is the last one of a month in UTC");
  EXPECT_EQ(why("2025-10-22T23:59:60Z"), "a leap second is the last one of a month in UTC");
  for (const char* text : {"yesterday", "2025-13", "2025-10-22", "2025-10-22T10:00:00Zx", ""}) {
    EXPECT_EQ(why(text), text == std::string("2025-13") ? "there is no such date" : "") << text;
  }
}

TEST(ParseTimestamp, BoundsTheClockAndTheOffset) {
  EXPECT_TRUE(ParseTimestamp("2025-10-22T23:59:59Z"));
  EXPECT_EQ(At("2025-10-22T10:00:00+23:59").seconds, k2025 - 86'340);
  EXPECT_EQ(At("2025-10-22T10:00:00-23:59").seconds, k2025 + 86'340);
  for (const char* text :
       {"2025-10-22T24:00:00Z", "2025-10-22T10:60:00Z", "2025-10-22T10:00:61Z",
        "2025-10-22T10:00:00+24:00", "2025-10-22T10:00:00+10:60", "2025-10-22T10:00:00-24:00"}) {
    EXPECT_FALSE(ParseTimestamp(text)) << text;
  }
}

TEST(ParseTimestamp, TakesALeapSecondOnlyAtTheEndOfAUtcDay) {
  const Instant next_year = At("2017-01-01T00:00:00Z");
  EXPECT_EQ(At("2016-12-31T23:59:60Z"), next_year);
  EXPECT_EQ(At("2016-12-31T18:59:60-05:00"), next_year);
  EXPECT_EQ(At("2017-01-01T05:29:60+05:30"), next_year);
  EXPECT_EQ(At("2016-12-31T23:59:60.5Z"), (Instant{next_year.seconds, 500'000'000}));
  EXPECT_EQ(At("1969-12-31T23:59:60Z"), (Instant{0, 0}));
  EXPECT_FALSE(ParseTimestamp("2016-12-31T23:58:60Z"));
  EXPECT_FALSE(ParseTimestamp("2016-12-31T22:59:60Z"));
  EXPECT_FALSE(ParseTimestamp("2016-12-31T23:59:60+01:00"));
}

TEST(ParseTimestamp, RefusesWhatIsNoDateTime) {
  for (const char* text : {"",
                           "yesterday",
                           "2025-10-22",
                           "2025-10-22T10:00",
                           "2025-10-22T10:00Z",
                           "20251022T100000Z",
                           "2025-10-22_10:00:00Z",
                           "2025-10-22T10:00:00ZZ",
                           "2025-10-22T10:00:00Z ",
                           " 2025-10-22T10:00:00Z",
                           "2025-10-22T10:00:00 Z",
                           "2025-10-22T10:00:00+0200",
                           "2025-10-22T10:00:00+02",
                           "2025-10-22T10:00:00+2:00",
                           "2025-10-22T10:00:00+",
                           "+2025-10-22T10:00:00Z",
                           "-025-10-22T10:00:00Z",
                           "12025-10-22T10:00:00Z",
                           "2025-1-22T10:00:00Z",
                           "2025/10/22T10:00:00Z",
                           "2025-10-22  10:00:00Z",
                           "2025-10-22T10:00:00\u2212"
                           "02:00",
                           "2025-10-22T1\u0660:00:00Z"}) {
    EXPECT_FALSE(ParseTimestamp(text)) << text;
  }
}

TEST(ParseTimestamp, RefusesEveryPrefixThatIsNotWhole) {
  const std::string whole = "2025-10-22T10:00:00.25+02:00";
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const bool complete = bytes == 19 || bytes == 21 || bytes == 22;  // no fraction, .2, .25
    EXPECT_EQ(ParseTimestamp(whole.substr(0, bytes)).has_value(), complete) << bytes;
  }
}

}  // namespace
}  // namespace oncelog::event
