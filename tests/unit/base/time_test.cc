#include "base/time.h"

#include <gtest/gtest.h>

namespace oncelog {
namespace {

TEST(FormatRfc3339, HasMillisecondsAndUtc) {
  EXPECT_EQ(FormatRfc3339({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatRfc3339({1'761'127'200'123}), "2025-10-22T10:00:00.123Z");
}

TEST(FormatRfc3339, CountsUpwardsBefore1970) {
  EXPECT_EQ(FormatRfc3339({-1}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatRfc3339({-86'400'000}), "1969-12-31T00:00:00.000Z");
}

TEST(FormatRfc3339, KnowsLeapYears) {
  EXPECT_EQ(FormatRfc3339({1'709'164'800'000}), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(FormatRfc3339({951'782'400'000}), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(FormatRfc3339({4'107'542'400'000}), "2100-03-01T00:00:00.000Z");
}

TEST(FormatRfc3339, Is24BytesFromYear0To9999) {
  EXPECT_EQ(FormatRfc3339({-62'167'219'200'000}), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatRfc3339({253'402'300'799'999}), "9999-12-31T23:59:59.999Z");
}

TEST(SystemNow, IsAfterThisWasWritten) { EXPECT_GT(SystemNow(), UnixMs{1'761'000'000'000}); }

TEST(Instant, ComparesSecondsBeforeNanos) {
  EXPECT_LT((Instant{1, 999'999'999}), (Instant{2, 0}));
  EXPECT_LT((Instant{-1, 0}), (Instant{-1, 1}));
  EXPECT_EQ((Instant{3, 4}), (Instant{3, 4}));
}

}  // namespace
}  // namespace oncelog
