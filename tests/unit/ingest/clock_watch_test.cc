#include "ingest/clock_watch.h"

#include <gtest/gtest.h>

namespace oncelog::ingest {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(ClockWatch, SeesHowFarTheClockIsAhead) {
  const ClockWatch watch({5'000'000}, milliseconds(700));
  EXPECT_EQ(watch.Ahead({5'000'000}, milliseconds(700)), milliseconds(0));
  EXPECT_EQ(watch.Ahead({5'003'000}, milliseconds(3'700)), milliseconds(0));
  EXPECT_EQ(watch.Ahead({5'003'000}, milliseconds(2'700)), milliseconds(1'000));
  EXPECT_EQ(watch.Ahead({4'000'000}, milliseconds(700)), milliseconds(-1'000'000));
}

TEST(ClockWatch, SmallJumpsAddUp) {
  const ClockWatch watch({0}, milliseconds(0));
  const int64_t step = std::chrono::duration_cast<milliseconds>(hours(1)).count() * 9 / 10;
  EXPECT_LE(watch.Ahead({step}, milliseconds(0)), ClockWatch::kAheadMax);
  EXPECT_GT(watch.Ahead({2 * step}, milliseconds(0)), ClockWatch::kAheadMax);
}

}  // namespace
}  // namespace oncelog::ingest
