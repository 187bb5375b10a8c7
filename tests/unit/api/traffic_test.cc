#include "api/traffic.h"

#include <gtest/gtest.h>

#include <tuple>

namespace oncelog::api {
namespace {

using std::chrono::milliseconds;

TEST(TrafficTest, CountsByRouteMethodAndStatus) {
  Traffic traffic;
  traffic.Answered(Route::kStats, "GET", 200, milliseconds(1));
  traffic.Answered(Route::kStats, "GET", 200, milliseconds(2));
  traffic.Answered(Route::kPublish, "BREW", 418, milliseconds(3));
  traffic.Answered(std::nullopt, "POST", 404, milliseconds(4));
  traffic.Refused(ErrorId::kBadRequest, 400);
  std::vector<std::tuple<std::string_view, std::string_view, int, uint64_t>> seen;
  for (const Traffic::Requests& one : traffic.requests()) {
    seen.emplace_back(one.route, one.method, one.status, one.count);
  }
  EXPECT_EQ(seen, (decltype(seen){{"/publish", "other", 0, 1},
                                  {"/stats", "GET", 200, 2},
                                  {"other", "POST", 404, 1},
                                  {"other", "other", 400, 1}}));
  EXPECT_EQ(traffic.refused(ErrorId::kBadRequest), 1U);
  const Traffic::ByRoute durations = traffic.durations();
  ASSERT_EQ(durations.size(), 3U);
  EXPECT_EQ(durations[1].first, "/stats");
  EXPECT_EQ(durations[1].second.count(), 2U);
  EXPECT_NEAR(durations[1].second.sum_seconds, 0.003, 1e-9);
}

TEST(TrafficTest, EveryStatusOfTheErrorTableHasAPlace) {
  for (const ErrorEntry& entry : ErrorTable()) {
    Traffic traffic;
    traffic.Answered(Route::kPublish, "POST", entry.status, milliseconds(1));
    EXPECT_EQ(traffic.requests().front().status, entry.status);
  }
}

TEST(TrafficTest, PublishRefusalsByError) {
  Traffic traffic;
  traffic.PublishRefused(ErrorId::kTooManyTopics);
  EXPECT_EQ(traffic.publish_refused(ErrorId::kTooManyTopics), 1U);
  EXPECT_EQ(traffic.publish_refused(ErrorId::kBusy), 0U);
  EXPECT_EQ(traffic.refused(ErrorId::kTooManyTopics), 0U);
}

}  // namespace
}  // namespace oncelog::api
