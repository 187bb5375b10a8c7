#include "metrics/histogram.h"

#include <gtest/gtest.h>

namespace oncelog::metrics {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(HistogramTest, ABoundBelongsToItsBucket) {
  Histogram histogram;
  histogram.Add(nanoseconds(0));
  histogram.Add(microseconds(50));
  histogram.Add(nanoseconds(50'001));
  histogram.Add(std::chrono::seconds(10));
  histogram.Add(nanoseconds(10'000'000'001));
  histogram.Add(hours(1));
  const HistogramFigures figures = histogram.Figures();
  EXPECT_EQ(figures.counts.front(), 2U);
  EXPECT_EQ(figures.counts[1], 1U);
  EXPECT_EQ(figures.counts[kBoundsSeconds.size() - 1], 1U);
  EXPECT_EQ(figures.counts.back(), 2U);
  EXPECT_EQ(figures.count(), 6U);
  EXPECT_NEAR(figures.sum_seconds, 3620.000100002, 1e-6);
}

TEST(HistogramTest, AClockThatRanBackCountsAsNothing) {
  Histogram histogram;
  histogram.Add(nanoseconds(-5));
  EXPECT_EQ(histogram.Figures().counts.front(), 1U);
  EXPECT_EQ(histogram.Figures().sum_seconds, 0);
}

}  // namespace
}  // namespace oncelog::metrics
