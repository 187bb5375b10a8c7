// Work at more than the rate waits, work at less does not, and a pause is made up for in part.
#include "store/rate_limit.h"

#include <gtest/gtest.h>

namespace oncelog::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr uint64_t kRate = 1'000'000;  // a byte is a microsecond
constexpr RateLimit::Clock::time_point kStart{std::chrono::hours(1)};

// The rate was used up to now.
RateLimit InUse(RateLimit::Clock::time_point now) {
  RateLimit limit(kRate);
  EXPECT_EQ(limit.Take(now, kRate), now);
  return limit;
}

TEST(RateLimitTest, WhatIsTooFastWaitsAsLongAsItShouldHaveTaken) {
  RateLimit limit = InUse(kStart);
  EXPECT_EQ(limit.Take(kStart, 5000), kStart + milliseconds(5));
  EXPECT_EQ(limit.Take(kStart, 2000), kStart + milliseconds(7));
}

TEST(RateLimitTest, TheTimeOfTheWorkItselfCounts) {
  RateLimit limit = InUse(kStart);
  EXPECT_EQ(limit.Take(kStart + milliseconds(4), 5000), kStart + milliseconds(5));
  EXPECT_EQ(limit.Take(kStart + milliseconds(10), 5000), kStart + milliseconds(10));
}

TEST(RateLimitTest, ASlowPieceIsMadeUpForButNoMoreThanASecond) {
  RateLimit limit = InUse(kStart);
  EXPECT_LE(limit.Take(kStart + milliseconds(900), 1000), kStart + milliseconds(900));
  EXPECT_EQ(limit.Take(kStart + milliseconds(900), 904'000), kStart + milliseconds(905));
  const auto later = kStart + seconds(100);
  EXPECT_LE(limit.Take(later, kRate), later);
  EXPECT_EQ(limit.Take(later, 3000), later + milliseconds(3));
}

TEST(RateLimitTest, AnyRateIsOne) {
  RateLimit slow(1);
  EXPECT_EQ(slow.Take(kStart, 3), kStart + seconds(2));
  RateLimit fast(UINT64_MAX);
  EXPECT_LE(fast.Take(kStart, UINT64_MAX / 2), kStart);
}

}  // namespace
}  // namespace oncelog::store
