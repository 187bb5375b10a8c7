#include "api/router.h"

#include <gtest/gtest.h>

namespace oncelog::api {
namespace {

TEST(RouterTest, KnowsItsPaths) {
  const std::pair<std::string_view, Route> paths[] = {{"/", Route::kSummary},
                                                      {"/publish", Route::kPublish},
                                                      {"/%70ublish", Route::kPublish},
                                                      {"/events", Route::kEvents},
                                                      {"/events/a/b", Route::kEvent},
                                                      {"/topics", Route::kTopics},
                                                      {"/topics/a", Route::kTopic},
                                                      {"/stats", Route::kStats},
                                                      {"/health", Route::kHealth},
                                                      {"/livez", Route::kLive},
                                                      {"/readyz", Route::kReady},
                                                      {"/metrics", Route::kMetrics},
                                                      {"/openapi.json", Route::kOpenApi},
                                                      {"/errors", Route::kErrors},
                                                      {"/errors/a", Route::kError}};
  for (const auto& [path, route] : paths) {
    OrProblem<RouteMatch> match = MatchPath(path);
    ASSERT_TRUE(match.ok()) << path;
    EXPECT_EQ(match->route, route) << path;
  }
}

TEST(RouterTest, KnowsTheirTemplates) {
  EXPECT_EQ(TemplateOf(Route::kSummary), "/");
  EXPECT_EQ(TemplateOf(Route::kEvent), "/events/{topic}/{event_id}");
  for (size_t route = 0; route < kRouteCount; ++route) {
    const std::string path(TemplateOf(static_cast<Route>(route)));
    OrProblem<RouteMatch> match = MatchPath(path);
    ASSERT_TRUE(match.ok()) << path;
    EXPECT_EQ(match->route, static_cast<Route>(route)) << path;
  }
}

TEST(RouterTest, SegmentsAreDecodedAfterTheSplit) {
  OrProblem<RouteMatch> match = MatchPath("/events/a%2Fb+c/%C3%A9%20%25");
  ASSERT_TRUE(match.ok());
  EXPECT_EQ(match->first, "a/b+c");
  EXPECT_EQ(match->second, "é %");
}

TEST(RouterTest, NothingElse) {
  for (const char* path :
       {"", "publish", "//publish", "/publish/", "/Publish", "/events/", "/events/a",
        "/events/a/b/c", "/topics/a/b", "/metrics/", "/openapi", "/docs", "/conflicts", "/sources",
        "/stats/", "*", "http://host/publish", "/..", "/a/b/c/d/e/f"}) {
    OrProblem<RouteMatch> match = MatchPath(path);
    ASSERT_FALSE(match.ok()) << path;
    EXPECT_EQ(match.problem().id, ErrorId::kNotFound) << path;
  }
  EXPECT_NE(MatchPath("/nothing").problem().detail.find("/events/{topic}/{event_id}"),
            std::string::npos);
  EXPECT_NE(MatchPath("/publish/").problem().detail.find("none of them ends with a /"),
            std::string::npos);
  EXPECT_EQ(MatchPath("/events/%zz/a").problem().id, ErrorId::kBadPath);
  EXPECT_EQ(MatchPath("/events/%ff/a").problem().id, ErrorId::kBadPath);
}

}  // namespace
}  // namespace oncelog::api
