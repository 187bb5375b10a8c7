// Pages and streams of GET /events over a fake reader.
#include "api/events.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "api/events_query.h"
#include "tests/unit/api/fakes.h"

namespace oncelog::api {
namespace {

std::string NextOf(const net::Response& response) {
  const std::string mark = R"("next":")";
  const size_t at = response.body.find(mark);
  return at == std::string::npos ? "" : response.body.substr(at + mark.size(), 40);
}

// The ids in an answer, in order, joined by spaces.
std::string IdsIn(std::string_view body) {
  const std::string mark = R"("event_id":")";
  std::string ids;
  for (size_t at = body.find(mark); at != std::string::npos; at = body.find(mark, at)) {
    at += mark.size();
    if (!ids.empty()) ids += ' ';
    ids += body.substr(at, body.find('"', at) - at);
  }
  return ids;
}

class EventsTest : public testing::Test {
 protected:
  net::Response List(const std::string& query, std::vector<net::Field> fields = {}) {
    return endpoint_.List(
        {.method = "GET", .target = "/events?" + query, .fields = std::move(fields)});
  }
  // All of a stream, piece by piece.
  struct Streamed {
    bool whole = false;
    size_t pieces = 0;
    std::string text;
  };
  Streamed Drain(net::Response response) {
    Streamed all;
    if (!response.stream) return {.whole = true, .pieces = 1, .text = response.body};
    std::mutex mutex;
    std::condition_variable changed;
    for (bool more = true; more;) {
      bool done = false;
      response.stream->Next([&](bool ok, std::string piece) {
        const std::lock_guard lock(mutex);
        more = ok && !piece.empty();
        all.whole = ok;
        all.pieces += more;
        all.text += piece;
        done = true;
        changed.notify_all();
      });
      std::unique_lock lock(mutex);
      if (!changed.wait_for(lock, std::chrono::seconds(30), [&] { return done; })) return {};
    }
    return all;
  }
  static bool Has(const net::Response& response, std::string_view text) {
    return response.body.find(text) != std::string::npos;
  }
  const std::vector<net::Field> ndjson_ = {{"Accept", "application/x-ndjson"}};

  FakeReader reader_;
  WorkerPool pool_{2, 16};
  RequestLog log_{{}};
  EventsEndpoint endpoint_{reader_, pool_, log_, StoreTag("store", 1)};
};

TEST_F(EventsTest, AnEmptyPageHasACursorThatGoesOn) {
  const net::Response empty = List("topic=t");
  EXPECT_EQ(empty.status, 200);
  EXPECT_TRUE(Has(empty, R"({"events":[],"count":0,"total":0,"next":")"));
  EXPECT_TRUE(Has(empty, R"(","has_more":false})"));
  reader_.Add("t", "1");
  EXPECT_EQ(IdsIn(List("topic=t&after=" + NextOf(empty)).body), "1");
}

TEST_F(EventsTest, PagesGoOnBehindEachOther) {
  for (const char* id : {"1", "2", "3", "4", "5"}) reader_.Add(id[0] % 2 != 0 ? "odd" : "even", id);
  net::Response page = List("limit=2");
  EXPECT_EQ(IdsIn(page.body), "1 2");
  EXPECT_TRUE(Has(page, R"("count":2,"total":5)"));
  EXPECT_TRUE(Has(page, R"("has_more":true)"));
  page = List("limit=2&after=" + NextOf(page));
  EXPECT_EQ(IdsIn(page.body), "3 4");
  page = List("limit=2&after=" + NextOf(page));
  EXPECT_EQ(IdsIn(page.body), "5");
  EXPECT_TRUE(Has(page, R"("has_more":false)"));

  page = List("topic=odd&order=desc&limit=2");
  EXPECT_EQ(IdsIn(page.body), "5 3");
  EXPECT_TRUE(Has(page, R"("total":3)"));
  page = List("topic=odd&order=desc&limit=2&after=" + NextOf(page));
  EXPECT_EQ(IdsIn(page.body), "1");
}

TEST_F(EventsTest, FiltersAndTheirTotal) {
  reader_.Add("t", "1", {.received_at = {1000}, .timestamp = {100, 0}, .source = "x"});
  reader_.Add("t", "2", {.received_at = {1001}, .timestamp = {100, 1}, .source = "y"});
  reader_.Add("u", "1", {.received_at = {1002}, .timestamp = {101, 0}, .source = "y"});
  EXPECT_EQ(IdsIn(List("source=y").body), "2 1");
  EXPECT_TRUE(Has(List("source=y"), R"("total":null)"));
  EXPECT_EQ(IdsIn(List("from=1970-01-01T00:01:40.000000001Z").body), "2 1");
  EXPECT_EQ(IdsIn(List("from=1970-01-01T00:01:40Z&to=1970-01-01T00:01:41Z").body), "1 2");
  EXPECT_EQ(IdsIn(List("received_from=1970-01-01T00:00:01.001Z").body), "2 1");
  // Half-open and exact though received_at has milliseconds only.
  EXPECT_EQ(IdsIn(List("received_from=1970-01-01T00:00:01.0005Z").body), "2 1");
  EXPECT_EQ(IdsIn(List("received_to=1970-01-01T00:00:01.0005Z").body), "1");
  EXPECT_EQ(IdsIn(List("received_to=1970-01-01T00:00:01Z").body), "");
}

TEST_F(EventsTest, ByIdWithTheOtherFilters) {
  reader_.Add("t", "1", {.source = "x"});
  reader_.Add("u", "1", {.source = "y"});
  reader_.Add("u", "2", {.source = "y"});
  EXPECT_EQ(IdsIn(List("event_id=1").body), "1 1");
  EXPECT_TRUE(Has(List("event_id=1"), R"("count":2,"total":2)"));
  EXPECT_EQ(IdsIn(List("event_id=1&topic=u").body), "1");
  EXPECT_TRUE(Has(List("event_id=1&source=y"), R"("count":1,"total":1)"));
  EXPECT_TRUE(Has(List("event_id=1&topic=t&source=y"), R"("count":0,"total":0)"));
  EXPECT_TRUE(Has(List("event_id=9&topic=t"), R"("count":0,"total":0)"));
  const net::Response page = List("event_id=1&limit=1");
  EXPECT_TRUE(Has(page, R"("count":1,"total":null)"));
  EXPECT_TRUE(Has(page, R"("has_more":true)"));
  const net::Response last = List("event_id=1&limit=1&after=" + NextOf(page));
  EXPECT_TRUE(Has(last, R"("topic":"u")"));
  EXPECT_TRUE(Has(last, R"("has_more":false)"));
  EXPECT_TRUE(Has(List("event_id=1&after=" + NextOf(last)), R"("count":0)"));
}

TEST_F(EventsTest, ByIdAPageLooksAtSoManyTopicsOnly) {
  reader_.empty_topics = 100'000;
  reader_.Add("t", "1");
  int pages = 1;
  net::Response page = List("event_id=1");
  for (; Has(page, R"("has_more":true)"); ++pages) {
    ASSERT_TRUE(Has(page, R"("events":[],"count":0,"total":null)"));
    ASSERT_LT(pages, 100);
    page = List("event_id=1&after=" + NextOf(page));
  }
  EXPECT_GT(pages, 5);
  EXPECT_EQ(IdsIn(page.body), "1");
}

TEST_F(EventsTest, ByIdTheTopicBehindTheLastOneOfAPageIsTheFirstOfTheNext) {
  constexpr uint64_t kTopicsAPage = 16'384;
  reader_.Add("t", "1");
  reader_.Add("u", "1");
  reader_.empty_topics = kTopicsAPage - 1;
  net::Response page = List("event_id=1");
  EXPECT_TRUE(Has(page, R"("topic":"t")"));
  EXPECT_TRUE(Has(page, R"("count":1,"total":null)"));
  ASSERT_TRUE(Has(page, R"("has_more":true)"));
  page = List("event_id=1&after=" + NextOf(page));
  EXPECT_TRUE(Has(page, R"("topic":"u")"));
  EXPECT_TRUE(Has(page, R"("count":1,"total":null)"));
  EXPECT_TRUE(Has(page, R"("has_more":false)"));

  reader_.empty_topics = kTopicsAPage;
  page = List("event_id=1");
  ASSERT_TRUE(Has(page, R"("events":[],"count":0,"total":null)"));
  EXPECT_EQ(IdsIn(List("event_id=1&after=" + NextOf(page)).body), "1 1");
}

TEST_F(EventsTest, PagesByIdGoOnThoughAnEventOfThePageBeforeIsGone) {
  for (const char* topic : {"t", "u", "v"}) reader_.Add(topic, "1");
  const net::Response first = List("event_id=1&limit=1");
  EXPECT_TRUE(Has(first, R"("topic":"t")"));
  reader_.Erase(0);
  const net::Response second = List("event_id=1&limit=1&after=" + NextOf(first));
  EXPECT_TRUE(Has(second, R"("topic":"u")"));
  const net::Response third = List("event_id=1&limit=1&after=" + NextOf(second));
  EXPECT_TRUE(Has(third, R"("topic":"v")"));
  EXPECT_TRUE(Has(third, R"("has_more":false)"));
  EXPECT_TRUE(Has(third, R"("total":null)")) << "of all topics only the first page may know it";
  EXPECT_TRUE(Has(List("event_id=1&after=" + NextOf(third)), R"("count":0)"));
}

TEST_F(EventsTest, CursorsAreBoundToTheirQuery) {
  reader_.Add("t", "1");
  const std::string cursor = NextOf(List("topic=t"));
  for (const char* other : {"", "topic=u&", "topic=t&order=desc&", "topic=t&source=x&",
                            "topic=t&event_id=1&", "topic=t&from=1970-01-01T00:00:00Z&"}) {
    const net::Response response = List(std::string(other) + "after=" + cursor);
    EXPECT_EQ(response.status, 400) << other;
    EXPECT_TRUE(Has(response, R"("error":"cursor_mismatch")")) << other;
  }
  EXPECT_EQ(List("topic=t&limit=7&after=" + cursor).status, 200);
  EXPECT_TRUE(Has(List("topic=t&after=7"), R"("error":"bad_cursor")"));
  EXPECT_TRUE(Has(List("topic=t&after="), R"("error":"bad_cursor")"));

  const EventsEndpoint restored(reader_, pool_, log_, StoreTag("store", 2));
  const net::Response stale =
      restored.List({.method = "GET", .target = "/events?topic=t&after=" + cursor});
  EXPECT_EQ(stale.status, 410);
  EXPECT_TRUE(Has(stale, R"("error":"stale_cursor")"));
}

TEST_F(EventsTest, BadValues) {
  for (const std::string& query :
       {std::string("limit=0"), std::string("limit=10001"), std::string("order=up"),
        std::string("topic="), std::string("source="), "event_id=" + std::string(256, 'x'),
        std::string("from=yesterday"),
        std::string("from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z"),
        std::string("received_from=2025-01-02T00:00:00Z&received_to=2025-01-01T00:00:00Z")}) {
    const net::Response response = List(query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_TRUE(Has(response, R"("error":"bad_parameter")")) << query;
  }
  EXPECT_TRUE(Has(List("topics=a"), R"("error":"unknown_parameter")"));
  EXPECT_EQ(List("from=2025-01-01T00:00:00Z&to=2025-01-01T00:00:00Z").status, 200);
}

TEST_F(EventsTest, APageOfLargeEventsEndsBeforeItsLimit) {
  const std::string large(size_t{2} << 20, 'x');
  for (int i = 0; i < 17; ++i) {
    const std::string id = std::to_string(i);
    reader_.Add("t", id, {.json = R"({"event_id":")" + id + R"(","x":")" + large + R"("})"});
  }
  const net::Response page = List("topic=t");
  EXPECT_TRUE(Has(page, R"("count":16)"));
  EXPECT_TRUE(Has(page, R"("has_more":true)"));
  EXPECT_EQ(IdsIn(List("topic=t&after=" + NextOf(page)).body), "16");
}

TEST_F(EventsTest, SoDoesOneById) {
  const std::string large(size_t{2} << 20, 'x');
  for (int i = 0; i < 17; ++i) {
    reader_.Add("t" + std::to_string(i), "1",
                {.json = R"({"event_id":"1","x":")" + large + R"("})"});
  }
  const net::Response page = List("event_id=1");
  EXPECT_TRUE(Has(page, R"("count":16)"));
  EXPECT_TRUE(Has(page, R"("has_more":true)"));
  EXPECT_EQ(IdsIn(List("event_id=1&after=" + NextOf(page)).body), "1");
}

TEST_F(EventsTest, DamageIsNotAnEmptyPage) {
  reader_.FailWith({Code::kDamaged, "log/1.log at 4096 is damaged"});
  EXPECT_EQ(List("").status, 500);
  EXPECT_EQ(List("topic=t").status, 500);
  EXPECT_EQ(List("topic=t&event_id=1").status, 500);
  EXPECT_EQ(List("", ndjson_).status, 500);
}

TEST_F(EventsTest, AShortStreamIsOneBody) {
  reader_.Add("t", "1", {.received_at = {0}});
  const net::Response response = List("topic=t", ndjson_);
  EXPECT_EQ(response.content_type, "application/x-ndjson");
  EXPECT_EQ(response.stream, nullptr);
  EXPECT_EQ(response.body,
            R"({"topic":"t","event_id":"1","sequence":1,"received_at":"1970-01-01T00:00:00.000Z"})"
            "\n");
  EXPECT_EQ(List("topic=none", ndjson_).body, "");
}

TEST_F(EventsTest, AStreamHasNoDefaultLimit) {
  for (int i = 0; i < 2'500; ++i) reader_.Add("t", std::to_string(i));
  for (const char* query : {"", "topic=t", "topic=t&order=desc", "order=desc"}) {
    const Streamed all = Drain(List(query, ndjson_));
    EXPECT_TRUE(all.whole) << query;
    EXPECT_GE(all.pieces, 3U) << query;
    EXPECT_EQ(std::count(all.text.begin(), all.text.end(), '\n'), 2'500) << query;
  }
  const Streamed some = Drain(List("limit=1001", ndjson_));
  EXPECT_TRUE(some.whole);
  EXPECT_EQ(std::count(some.text.begin(), some.text.end(), '\n'), 1'001);
}

TEST_F(EventsTest, AStreamEndsWithWhatWasStoredWhenItBegan) {
  for (int i = 0; i < 1'500; ++i) reader_.Add("t", std::to_string(i));
  net::Response by_topic = List("topic=t", ndjson_);
  net::Response by_all = List("", ndjson_);
  reader_.Add("t", "late");
  for (net::Response* response : {&by_topic, &by_all}) {
    const Streamed all = Drain(std::move(*response));
    EXPECT_TRUE(all.whole);
    EXPECT_EQ(std::count(all.text.begin(), all.text.end(), '\n'), 1'500);
    EXPECT_EQ(all.text.find("late"), std::string::npos);
  }
}

TEST_F(EventsTest, AStreamIsNotEmptyWhereTheNewestEventsAreGone) {
  reader_.scan_max = 10;
  reader_.Add("t", "there");
  for (int i = 0; i < 25; ++i) reader_.Add("t", std::to_string(i), {.gone = true});
  const Streamed all = Drain(List("", ndjson_));
  EXPECT_TRUE(all.whole);
  EXPECT_EQ(std::count(all.text.begin(), all.text.end(), '\n'), 1) << all.text;
}

TEST_F(EventsTest, AnErrorBehindTheFirstPieceBreaksTheStreamOff) {
  for (int i = 0; i < 1'500; ++i) reader_.Add("t", std::to_string(i));
  net::Response response = List("topic=t", ndjson_);
  ASSERT_NE(response.stream, nullptr);
  reader_.FailWith({Code::kDamaged, "x"});
  EXPECT_FALSE(Drain(std::move(response)).whole);
}

TEST_F(EventsTest, HeadOfAStreamReadsNothing) {
  reader_.FailWith({Code::kDamaged, "x"});
  const net::Response response =
      endpoint_.List({.method = "HEAD", .target = "/events", .fields = ndjson_});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/x-ndjson");
}

}  // namespace
}  // namespace oncelog::api
