#include "metrics/exposition.h"

#include <gtest/gtest.h>

namespace oncelog::metrics {
namespace {

TEST(ExpositionTest, WritesFamiliesInTheirOrder) {
  Exposition exposition;
  exposition.Counter("b_total", "Bees.", 12'345'678'901);
  exposition.BeginGauge("a", "Ay.");
  exposition.Add(0.25, {{"x", "a\"b\\c\nd"}, {"y", ""}});
  exposition.Add(-1);
  EXPECT_EQ(exposition.Text(),
            "# HELP b_total Bees.\n# TYPE b_total counter\nb_total 12345678901\n"
            "# HELP a Ay.\n# TYPE a gauge\n"
            "a{x=\"a\\\"b\\\\c\\nd\",y=\"\"} 0.25\na -1\n");
}

TEST(ExpositionTest, BucketsOfAHistogramAreCumulative) {
  Histogram histogram;
  histogram.Add(std::chrono::microseconds(60));
  histogram.Add(std::chrono::seconds(60));
  Exposition exposition;
  exposition.BeginHistogram("h_seconds", "Time.");
  exposition.Add(histogram.Figures(), {{"route", "/"}});
  const std::string text = exposition.Text();
  for (const char* line :
       {"h_seconds_count{route=\"/\"} 2\n", "h_seconds_bucket{route=\"/\",le=\"5e-05\"} 0\n",
        "h_seconds_bucket{route=\"/\",le=\"0.0001\"} 1\n", "{route=\"/\",le=\"10\"} 1\n",
        "h_seconds_bucket{route=\"/\",le=\"+Inf\"} 2\n", "h_seconds_sum{route=\"/\"} 60.00006\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
}  // namespace oncelog::metrics
