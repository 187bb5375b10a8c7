// The whole Api over a fake engine: what a client gets for what it sends.
#include "api/api.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/api/fakes.h"

namespace oncelog::api {
namespace {

constexpr const char* kEvent =
    R"({"topic":"t","event_id":"a","timestamp":"2025-10-22T10:00:00Z","source":"s","payload":{}})";

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    api_.Bind([this](int loop, std::function<void()> run) {
      posted_to_.push_back(loop);
      run();
    });
  }

  std::shared_ptr<FakeExchange> Start(net::Request request) {
    auto exchange = std::make_shared<FakeExchange>();
    request.id = "request-1";
    api_.Handle(std::move(request), net::Responder(exchange));
    return exchange;
  }
  net::Response Send(net::Request request) {
    std::optional<net::Response> response = Start(std::move(request))->Wait();
    EXPECT_TRUE(response.has_value());
    return response ? std::move(*response) : net::Response{.status = 0};
  }
  net::Response Get(std::string target) {
    return Send({.method = "GET", .target = std::move(target)});
  }
  std::shared_ptr<FakeExchange> StartPublish(std::string body, std::vector<net::Field> fields = {},
                                             std::string target = "/publish", int loop = 0) {
    return Start({.method = "POST",
                  .target = std::move(target),
                  .fields = std::move(fields),
                  .body = std::move(body),
                  .loop = loop});
  }
  static bool Has(const net::Response& response, std::string_view text) {
    return response.body.find(text) != std::string::npos;
  }

  FakeEngine engine_;
  Api api_{engine_, {.version = "1.2.3", .io_loops = 2}};
  std::vector<int> posted_to_;
};

TEST_F(ApiTest, APublishIsAnsweredWhenItHasSettled) {
  const auto exchange = StartPublish(kEvent);
  EXPECT_FALSE(exchange->answered());
  ASSERT_EQ(engine_.submitted.size(), 1U);
  engine_.SettleAll(ingest::Verdict::kAccepted);
  const auto response = exchange->Wait();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body,
            R"({"status":"ok","received":1,"accepted":1,"duplicates":0,"conflicts":0,"invalid":0,)"
            R"("added_to_queue":1,"results":[{"event_id":"a","status":"accepted","sequence":1}]})"
            "\n");
}

// Many may ask for large answers and not read them: who gets none is told, and counted once.
TEST_F(ApiTest, AnAnswerThatThereIsNoRoomForIsCountedAsWhatIsSent) {
  for (int i = 0; i < 50; ++i) engine_.fake_reader.Add("t", std::to_string(i));
  auto exchange = std::make_shared<FakeExchange>();
  exchange->set_room_bytes(1024);
  api_.Handle({.method = "GET", .target = "/events", .id = "request-1"}, net::Responder(exchange));
  const auto response = exchange->Wait();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_TRUE(Has(*response, R"("error":"overloaded")"));
  EXPECT_EQ(FieldOf(*response, "Retry-After"), "1");
  const net::Response metrics = Get("/metrics");
  const std::string_view name = "oncelog_http_requests_total{";
  const size_t at = metrics.body.find(name);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(metrics.body.find(name, at + 1), std::string::npos) << metrics.body;
  EXPECT_TRUE(Has(metrics, R"(requests_total{route="/events",method="GET",status="503"} 1)"));
}

TEST_F(ApiTest, TopicsAreListedBehindWhatCanBeAName) {
  engine_.fake_reader.Add("t", "1");
  for (const char* query : {"", "?after=a", "?after=s%2F%C3%BC", "?prefix=", "?prefix=t&after=a"}) {
    const net::Response page = Get(std::string("/topics") + query);
    EXPECT_EQ(page.status, 200) << query;
    EXPECT_TRUE(Has(page, R"("topic":"t")")) << query;
  }
  for (const std::string& after : {std::string(), std::string("a%00b"), std::string(256, 'x')}) {
    const net::Response refused = Get("/topics?after=" + after);
    EXPECT_EQ(refused.status, 400) << after;
    EXPECT_TRUE(Has(refused, R"("error":"bad_parameter")")) << after;
    EXPECT_TRUE(Has(refused, "'after'")) << after;
  }
}

TEST_F(ApiTest, APublishThatDoesNotSayHowLongItsBodyIsIsRefused) {
  const auto response = StartPublish("")->Wait();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 411);
  EXPECT_TRUE(Has(*response, R"("error":"length_required")"));
  EXPECT_EQ(StartPublish("", {{"Content-Length", "0"}})->Wait()->status, 400);
}

// The loop only takes the decoded batch over, so that its other connections need not wait.
TEST_F(ApiTest, ALargeOrCompressedBodyIsDecodedOnAnotherThread) {
  const std::string large = std::string(2 << 20, ' ') + kEvent;
  for (const auto& [body, fields] : {std::pair<std::string, std::vector<net::Field>>{large, {}},
                                     std::pair<std::string, std::vector<net::Field>>{
                                         kEvent, {{"Content-Encoding", "identity"}}}}) {
    std::promise<std::function<void()>> posted;
    Api api(engine_, {.io_loops = 1});
    bool first = true;
    api.Bind([&](int, std::function<void()> run) {
      if (!std::exchange(first, false)) return run();
      posted.set_value(std::move(run));
    });
    const auto exchange = std::make_shared<FakeExchange>();
    api.Handle({.method = "POST", .target = "/publish", .fields = fields, .body = body},
               net::Responder(exchange));
    std::future<std::function<void()>> on_loop = posted.get_future();
    on_loop.wait();
    EXPECT_TRUE(engine_.submitted.empty()) << "it is submitted from the loop";
    on_loop.get()();
    ASSERT_EQ(engine_.submitted.size(), 1U);
    engine_.SettleAll(ingest::Verdict::kAccepted);
    EXPECT_EQ(exchange->Wait()->status, 200);
  }
}

// A stop must not wait until they are all decoded; what was submitted before is still answered.
TEST_F(ApiTest, AfterTheStopHasBegunLargeBodiesAreLetGo) {
  const auto before = StartPublish(kEvent);
  api_.BeginStop();
  const std::optional<net::Response> refused =
      StartPublish(std::string(2 << 20, ' ') + kEvent)->Wait();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_TRUE(Has(*refused, R"("error":"busy")"));
  EXPECT_TRUE(Has(*refused, R"("stored":"no")"));
  ASSERT_EQ(engine_.submitted.size(), 1U);
  engine_.SettleAll(ingest::Verdict::kAccepted);
  EXPECT_EQ(before->Wait()->status, 200);
}

TEST_F(ApiTest, OnePostPerLoopAndFrame) {
  std::vector<std::shared_ptr<FakeExchange>> exchanges;
  for (const int loop : {1, 0, 1, 1}) {
    exchanges.push_back(StartPublish(kEvent, {}, "/publish", loop));
  }
  posted_to_.clear();  // of the submissions
  engine_.SettleAll(ingest::Verdict::kDuplicate);
  EXPECT_EQ(posted_to_, (std::vector<int>{0, 1}));
  for (const auto& exchange : exchanges) EXPECT_EQ(exchange->Wait()->status, 200);
}

TEST_F(ApiTest, ABareObjectThatConflictsIs409AnArrayIsNot) {
  auto exchange = StartPublish(kEvent);
  engine_.SettleAll(ingest::Verdict::kConflict);
  auto response = exchange->Wait();
  EXPECT_EQ(response->status, 409);
  EXPECT_TRUE(Has(*response, R"("error":"conflict")"));
  EXPECT_TRUE(Has(*response, R"("results":[{"event_id":"a","status":"conflict","sequence":1}])"));

  exchange = StartPublish("[" + std::string(kEvent) + "]");
  engine_.SettleAll(ingest::Verdict::kConflict);
  response = exchange->Wait();
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(Has(*response, R"({"status":"partial")"));
}

TEST_F(ApiTest, OutcomesOfTheEngineKeepTheirMeaning) {
  const std::pair<Code, std::pair<int, const char*>> outcomes[] = {
      {Code::kBusy, {503, R"("error":"busy")"}},
      {Code::kDiskFull, {507, R"("error":"disk_full")"}},
      {Code::kTooManyTopics, {507, R"("error":"too_many_topics")"}},
      {Code::kDamaged, {500, R"("error":"damaged")"}},
      {Code::kIo, {500, R"("error":"internal")"}},
      {Code::kReadOnly, {503, R"("error":"read_only")"}}};
  for (const auto& [code, want] : outcomes) {
    const auto exchange = StartPublish(kEvent);
    engine_.FailAll({code, "why"});
    const auto response = exchange->Wait();
    EXPECT_EQ(response->status, want.first);
    EXPECT_TRUE(Has(*response, want.second));
    EXPECT_TRUE(
        Has(*response, code == Code::kReadOnly ? R"("stored":"unknown")" : R"("stored":"no")"));
  }
}

TEST_F(ApiTest, AFullQueueIsBusyAtOnce) {
  engine_.refuse = Error(Code::kBusy, "the queue is full");
  const auto response = StartPublish(kEvent)->Wait();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(FieldOf(*response, "Retry-After"), "1");
}

TEST_F(ApiTest, BeforeTheLoopsAreBoundItIsBusy) {
  Api unbound(engine_, {});
  auto exchange = std::make_shared<FakeExchange>();
  unbound.Handle({.method = "POST", .target = "/publish", .body = kEvent},
                 net::Responder(exchange));
  EXPECT_EQ(exchange->Wait()->status, 503);
  EXPECT_TRUE(engine_.submitted.empty());
}

TEST_F(ApiTest, OneInvalidEventRefusesTheBatch) {
  const auto response = StartPublish("[" + std::string(kEvent) + R"(,{"event_id":"b"}])")->Wait();
  EXPECT_EQ(response->status, 400);
  EXPECT_TRUE(Has(*response, R"("error":"invalid_event")"));
  EXPECT_TRUE(Has(*response, R"("errors":[{"index":1,"event_id":"b")"));
  EXPECT_TRUE(Has(*response, R"("request_id":"request-1")"));
  EXPECT_TRUE(engine_.submitted.empty());
  EXPECT_EQ(api_.invalid_count(), 1U);
}

TEST_F(ApiTest, SkipStoresTheValidOnes) {
  const auto exchange = StartPublish("[" + std::string(kEvent) + R"(,{"event_id":"b"}])", {},
                                     "/publish?on_invalid=skip");
  ASSERT_EQ(engine_.submitted.size(), 1U);
  engine_.SettleAll(ingest::Verdict::kAccepted);
  const auto response = exchange->Wait();
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(Has(*response, R"({"status":"partial","received":2,"accepted":1)"));
  EXPECT_TRUE(Has(*response, R"({"index":1,"event_id":"b","status":"invalid")"));
  EXPECT_EQ(api_.invalid_count(), 1U);
}

TEST_F(ApiTest, SkipWithNothingValidStoresNothing) {
  const auto response = StartPublish("{}", {}, "/publish?on_invalid=skip")->Wait();
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(Has(*response, R"({"status":"partial","received":1,"accepted":0)"));
  EXPECT_TRUE(engine_.submitted.empty());
}

TEST_F(ApiTest, PreferMinimalIsApplied) {
  const auto exchange = StartPublish(kEvent, {{"prefer", "return=minimal"}});
  engine_.SettleAll(ingest::Verdict::kAccepted);
  const auto response = exchange->Wait();
  EXPECT_EQ(FieldOf(*response, "Preference-Applied"), "return=minimal");
  EXPECT_TRUE(Has(*response, R"("results":[]})"));
}

TEST_F(ApiTest, BodiesThatAreNotTaken) {
  const auto status_of = [&](std::string body, std::vector<net::Field> fields,
                             std::string target = "/publish") {
    const auto response =
        StartPublish(std::move(body), std::move(fields), std::move(target))->Wait();
    return response ? response->status : 0;
  };
  EXPECT_EQ(status_of("", {{"Content-Length", "0"}}), 400);
  EXPECT_EQ(status_of("[]", {}), 400);
  EXPECT_EQ(status_of("{", {}), 400);
  EXPECT_EQ(status_of("7", {}), 400);
  EXPECT_EQ(status_of(kEvent, {{"Content-Type", "text/plain"}}), 415);
  EXPECT_EQ(status_of(kEvent, {{"Content-Encoding", "br"}}), 415);
  EXPECT_EQ(status_of(kEvent, {{"Content-Encoding", "gzip"}, {"Content-Encoding", "gzip"}}), 415);
  EXPECT_EQ(status_of(kEvent, {{"Content-Encoding", "gzip"}}), 400);
  EXPECT_EQ(status_of(kEvent, {}, "/publish?on_invalid=maybe"), 400);
  EXPECT_EQ(status_of(kEvent, {}, "/publish?dry_run=1"), 400);
  EXPECT_TRUE(engine_.submitted.empty());
}

TEST_F(ApiTest, NdjsonByItsMediaType) {
  const auto exchange = StartPublish(std::string(kEvent) + "\n\n" + kEvent + "\n",
                                     {{"CONTENT-TYPE", "application/x-ndjson"}});
  ASSERT_EQ(engine_.submitted.size(), 1U);
  EXPECT_EQ(engine_.submitted[0]->batch.submissions.size(), 2U);
  engine_.SettleAll(ingest::Verdict::kAccepted);
  EXPECT_EQ(exchange->Wait()->status, 200);
}

TEST_F(ApiTest, Methods) {
  EXPECT_EQ(Get("/publish").status, 405);
  EXPECT_EQ(FieldOf(Get("/publish"), "Allow"), "POST, OPTIONS");
  const net::Response response = Send({.method = "DELETE", .target = "/events"});
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(FieldOf(response, "Allow"), "GET, HEAD, OPTIONS");
  for (const char* target : {"/events", "/publish", "*"}) {
    const net::Response options = Send({.method = "OPTIONS", .target = target});
    EXPECT_EQ(options.status, 204);
    EXPECT_FALSE(FieldOf(options, "Allow").empty());
  }
  EXPECT_EQ(Send({.method = "HEAD", .target = "/stats"}).status, 200);
  EXPECT_EQ(Send({.method = "get", .target = "/stats"}).status, 405);
}

TEST_F(ApiTest, ProblemsOfTheServerAreInTheSameForm) {
  const net::RequestName name{"id-9", "POST", "/publish"};
  const net::Response known = api_.Problem(name, 413, "body_too_large", "why");
  EXPECT_EQ(known.status, 413);
  EXPECT_TRUE(Has(known, R"("error":"body_too_large")"));
  EXPECT_TRUE(Has(known, R"("detail":"why")"));
  EXPECT_TRUE(Has(known, R"("request_id":"id-9")"));
  const net::Response unknown = api_.Problem(name, 418, "teapot", "why");
  EXPECT_EQ(unknown.status, 418);
  EXPECT_TRUE(Has(unknown, R"("status":418)"));
}

TEST_F(ApiTest, StatsAddUp) {
  engine_.fake_reader.Add("b", "1");
  engine_.fake_reader.Add("a", "1");
  engine_.fake_reader.Add("a", "2");
  engine_.fake_reader.duplicates = 5;
  engine_.fake_reader.conflicts = 2;
  engine_.figures_now.queue_submissions = 4;
  engine_.figures_now.sync.p50_us = 12.34;
  EXPECT_EQ(StartPublish("{}")->Wait()->status, 400);
  const net::Response response = Get("/stats");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(
      Has(response,
          R"({"received":8,"unique_processed":3,"duplicate_dropped":5,"conflicts":2,)"
          R"("invalid":1,"total_topics":2,"total_events":3,"events_gone":0,"topics":["a","b"],)"
          R"("events_per_topic":{"a":2,"b":1},"queue_length":4,"uptime_seconds":)"))
      << response.body;
  EXPECT_TRUE(Has(response, R"("sync_p50_us":12.3)"));
  EXPECT_TRUE(Has(response, R"("version":"1.2.3")"));
}

TEST_F(ApiTest, HealthAndReadiness) {
  EXPECT_TRUE(Has(Get("/health"), R"({"status":"ok",)"));
  EXPECT_EQ(Get("/readyz?for=publish").status, 200);
  engine_.health_now = ingest::Health::kDiskFull;
  EXPECT_TRUE(Has(Get("/health"), R"({"status":"disk_full","detail":"why it is so")"));
  EXPECT_EQ(Get("/health").status, 200);
  EXPECT_EQ(Get("/livez").status, 200);
  EXPECT_EQ(Get("/readyz").status, 200);
  EXPECT_EQ(Get("/readyz?for=read").status, 200);
  EXPECT_EQ(Get("/readyz?for=publish").status, 503);
  EXPECT_TRUE(Has(Get("/readyz?for=publish"), R"("error":"not_ready")"));
  EXPECT_EQ(Get("/readyz?for=dinner").status, 400);
  engine_.health_now = ingest::Health::kReadOnly;
  EXPECT_TRUE(Has(Get("/health"), R"({"status":"read_only")"));
}

TEST_F(ApiTest, WhatShouldHaveLeftTheDiskIsTold) {
  EXPECT_TRUE(Has(Get("/metrics"), "\noncelog_erase_overdue 0\n"));
  EXPECT_FALSE(Has(Get("/health"), "detail"));
  engine_.figures_now.erase_overdue = true;
  engine_.detail_when_ok = "it should have left";
  EXPECT_TRUE(Has(Get("/metrics"), "\noncelog_erase_overdue 1\n"));
  EXPECT_TRUE(Has(Get("/health"), R"({"status":"ok","detail":"it should have left")"));
}

TEST_F(ApiTest, PathsWithoutParametersTakeNone) {
  for (const char* target : {"/?a=1", "/stats?a=1", "/health?a=1", "/livez?a", "/topics?topic=a",
                             "/topics/a?b=1", "/events/a/b?c=1"}) {
    const net::Response response = Get(target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_TRUE(Has(response, R"("error":"unknown_parameter")"));
  }
}

TEST_F(ApiTest, Summary) {
  const net::Response response = Get("/");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(Has(response, R"({"name":"oncelog","version":"1.2.3","status":"ok",)"));
  EXPECT_TRUE(Has(response, R"("links":{"publish":"/publish")"));
}

TEST_F(ApiTest, Topics) {
  for (const char* topic : {"b", "a/1", "a/2", "a/2", "c"}) {
    engine_.fake_reader.Add(topic, "x", {.received_at = {1000}});
  }
  net::Response response = Get("/topics");
  EXPECT_TRUE(Has(response, R"("count":4,"next":null,"has_more":false})"));
  response = Get("/topics?prefix=a%2F&limit=1");
  EXPECT_TRUE(Has(response, R"({"topics":[{"topic":"a/1",)"));
  EXPECT_TRUE(Has(response, R"("count":1,"next":"a/1","has_more":true})"));
  response = Get("/topics?prefix=a%2F&limit=1&after=a%2F1");
  EXPECT_TRUE(Has(response, R"("count":1,"next":null,"has_more":false})"));
  response = Get("/topics/a%2F2");
  EXPECT_TRUE(Has(response, R"({"topic":"a/2","events":2,"last_sequence":2,"duplicates":0,)"));
  EXPECT_TRUE(Has(response, R"("first_received_at":"1970-01-01T00:00:01.000Z")"));
  for (const std::string& topic : {std::string("none"), std::string(256, 'x')}) {
    response = Get("/topics/" + topic);
    EXPECT_EQ(response.status, 404);
    EXPECT_TRUE(Has(response, R"("error":"unknown_topic")"));
  }
  EXPECT_EQ(Get("/topics?limit=10001").status, 400);
}

TEST_F(ApiTest, OneEventByItsId) {
  engine_.fake_reader.Add("a/b", "x y", {.received_at = {0}});
  const net::Response response = Get("/events/a%2Fb/x%20y");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"({"topic":"a/b","event_id":"x y","sequence":1,)"
                           R"("received_at":"1970-01-01T00:00:00.000Z"})"
                           "\n");
  EXPECT_EQ(Get("/events/a%2Fb/x").status, 404);
  EXPECT_EQ(Get("/events//x").status, 404);
  EXPECT_EQ(Get("/events/a/" + std::string(256, 'x')).status, 404);
  EXPECT_EQ(Get("/events/a%00/x").status, 404);
  engine_.fake_reader.FailWith({Code::kGone, "retention took it"});
  EXPECT_EQ(Get("/events/a%2Fb/x").status, 410);
  engine_.fake_reader.FailWith({Code::kDamaged, "log/1.log is damaged"});
  EXPECT_EQ(Get("/events/a%2Fb/x").status, 500);
}

}  // namespace
}  // namespace oncelog::api
