#include "net/request_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/net/refused_shapes.h"

namespace oncelog::net {
namespace {

using State = RequestParser::State;

struct Outcome {
  State state = State::kHead;
  Refusal refusal;
  Request request;
  bool keep_alive = false;
  bool expects_continue = false;
  std::string host;
  std::string rest;
};

// Feeds `bytes` in pieces of that size, as a connection does.
Outcome Parse(std::string_view bytes, size_t piece_bytes, const RequestLimits& limits = {},
              size_t memory_bytes = size_t{256} << 20) {
  BodyMemory memory(memory_bytes);
  BodyLease lease(memory);
  RequestParser parser(limits, lease);
  std::string rest;
  while (!bytes.empty() && parser.state() < State::kDone) {
    const std::string_view piece = bytes.substr(0, piece_bytes);
    bytes.remove_prefix(piece.size());
    rest.append(piece);
    size_t used = 0;
    do {
      used = parser.Feed(rest);
      rest.erase(0, used);
    } while (used > 0 && parser.state() == State::kBody);
  }
  const bool head_read = parser.state() == State::kBody || parser.state() == State::kDone;
  return {.state = parser.state(),
          .refusal = parser.refusal(),
          .request = std::move(parser.request()),
          .keep_alive = head_read && parser.keep_alive(),
          .expects_continue = parser.expects_continue(),
          .host = std::string(parser.host()),
          .rest = rest + std::string(bytes)};
}

TEST(RequestParser, RefusesEachShapeInPiecesOfAnySize) {
  for (const RefusedShape& shape : RefusedShapes()) {
    for (const size_t piece_bytes : {size_t{1}, size_t{7}, size_t{1} << 20}) {
      SCOPED_TRACE(std::string(shape.name) + ", in pieces of " + std::to_string(piece_bytes));
      const Outcome outcome = Parse(shape.bytes, piece_bytes);
      EXPECT_EQ(outcome.state, State::kRefused);
      EXPECT_EQ(outcome.refusal.status, shape.status) << outcome.refusal.detail;
      EXPECT_FALSE(outcome.refusal.error.empty());
    }
  }
}

TEST(RequestParser, ReadsASizedBodyInPiecesOfAnySize) {
  const std::string bytes =
      "POST /publish?on_invalid=skip HTTP/1.1\r\nhost: localhost:8080\r\nContent-Type:  "
      "application/json \r\nX-Request-Id: my-id.7\r\nContent-Length: 5\r\n\r\nhelloGET /";
  for (size_t piece_bytes = 1; piece_bytes <= bytes.size(); ++piece_bytes) {
    const Outcome outcome = Parse(bytes, piece_bytes);
    ASSERT_EQ(outcome.state, State::kDone) << outcome.refusal.detail;
    EXPECT_EQ(outcome.request.method, "POST");
    EXPECT_EQ(outcome.request.target, "/publish?on_invalid=skip");
    EXPECT_EQ(outcome.request.path(), "/publish");
    EXPECT_EQ(outcome.request.query(), "on_invalid=skip");
    EXPECT_EQ(outcome.request.Find("content-type"), "application/json");
    EXPECT_EQ(outcome.request.id, "my-id.7");
    EXPECT_EQ(outcome.request.body, "hello");
    EXPECT_EQ(outcome.host, "localhost:8080");
    EXPECT_TRUE(outcome.keep_alive);
    EXPECT_EQ(outcome.rest, "GET /");
  }
}

TEST(RequestParser, ReadsAChunkedBodyInPiecesOfAnySize) {
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
      "5\r\nhello\r\n0007;note=a;b\r\n, world\r\n0\r\nChecksum: 7\r\n\r\nrest";
  for (size_t piece_bytes = 1; piece_bytes <= bytes.size(); ++piece_bytes) {
    const Outcome outcome = Parse(bytes, piece_bytes);
    ASSERT_EQ(outcome.state, State::kDone) << outcome.refusal.detail;
    EXPECT_EQ(outcome.request.body, "hello, world");
    EXPECT_EQ(outcome.request.Find("Checksum"), "") << "trailers are not fields";
    EXPECT_EQ(outcome.rest, "rest");
  }
}

TEST(RequestParser, KnowsWhetherTheConnectionIsKept) {
  const auto kept = [](const std::string& version, const std::string& field) {
    return Parse("GET / HTTP/" + version + "\r\nHost: a\r\n" + field + "\r\n", 1000).keep_alive;
  };
  EXPECT_TRUE(kept("1.1", ""));
  EXPECT_FALSE(kept("1.1", "Connection: close\r\n"));
  EXPECT_FALSE(kept("1.1", "Connection: TE, Close\r\n"));
  EXPECT_FALSE(kept("1.0", ""));
  EXPECT_TRUE(kept("1.0", "Connection: Keep-Alive\r\n"));
}

TEST(RequestParser, TakesWhatIsUnusualButClear) {
  for (const char* bytes : {
           "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET / HTTP/1.0\r\n\r\n",
           "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a:\r\n\r\n",
           "GET / HTTP/1.1\r\nHost:\ta\t\r\nEmpty:\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nText: \xc3\xa4\r\n\r\n",
           "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n",
           "X-METHOD / HTTP/1.1\r\nHost: a\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       }) {
    const Outcome outcome = Parse(bytes, 1000);
    EXPECT_EQ(outcome.state, State::kDone) << bytes << outcome.refusal.detail;
  }
}

TEST(RequestParser, AbsoluteTargetsAreTakenApart) {
  const auto parse = [](const std::string& target) {
    return Parse("GET " + target + " HTTP/1.1\r\nHost: other\r\n\r\n", 1000);
  };
  EXPECT_EQ(parse("http://host:80/a?b").request.target, "/a?b");
  EXPECT_EQ(parse("http://host:80/a?b").host, "host:80");
  EXPECT_EQ(parse("HTTP://host").request.target, "/");
  EXPECT_EQ(parse("http://host?b").request.target, "/?b");
}

TEST(RequestParser, TakesOnlySaneRequestIds) {
  const auto id = [](const std::string& value) {
    return Parse("GET / HTTP/1.1\r\nHost: a\r\nx-request-id: " + value + "\r\n\r\n", 1000)
        .request.id;
  };
  EXPECT_EQ(id("A-z_0.9"), "A-z_0.9");
  EXPECT_EQ(id(std::string(128, 'a')), std::string(128, 'a'));
  EXPECT_EQ(id(std::string(129, 'a')), "");
  EXPECT_EQ(id("a b"), "");
  EXPECT_EQ(id("a\"b"), "");
  EXPECT_EQ(id(""), "");
}

TEST(RequestParser, ExpectIsForHttp11) {
  const std::string rest = "Host: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n";
  EXPECT_TRUE(Parse("POST / HTTP/1.1\r\n" + rest, 1000).expects_continue);
  EXPECT_FALSE(Parse("POST / HTTP/1.0\r\n" + rest, 1000).expects_continue);
}

TEST(RequestParser, LimitsHoldAtTheBoundAndOnePast) {
  const RequestLimits limits{.body_bytes_max = 10};
  const auto sized = [&](size_t bytes) {
    return Parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(bytes) +
                     "\r\n\r\n" + std::string(bytes, 'x'),
                 1000, limits);
  };
  EXPECT_EQ(sized(10).state, State::kDone);
  EXPECT_EQ(sized(11).refusal.status, 413);

  const auto chunked = [&](const char* body) {
    return Parse(std::string("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") +
                     body + "\r\n0\r\n\r\n",
                 1000, limits);
  };
  EXPECT_EQ(chunked("5\r\nhello\r\n5\r\nhello").state, State::kDone);
  EXPECT_EQ(chunked("5\r\nhello\r\n6\r\nhello!").refusal.status, 413);

  const auto trailer = [&](size_t bytes) {
    const std::string ends = "0\r\na: \r\n\r\n";
    return Parse("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\na: " +
                     std::string(bytes - ends.size(), 'b') + "\r\n\r\n",
                 100000);
  };
  EXPECT_EQ(trailer(8 << 10).state, State::kDone);
  EXPECT_EQ(trailer((8 << 10) + 1).refusal.status, 400);

  const auto fields = [](int count) {
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 1; i < count; ++i) bytes += "a: b\r\n";
    return Parse(bytes + "\r\n", 100000);
  };
  EXPECT_EQ(fields(256).state, State::kDone);
  EXPECT_EQ(fields(257).refusal.status, 431);

  const auto line = [](size_t bytes) {
    const std::string ends = "GET / HTTP/1.1";
    return Parse("GET /" + std::string(bytes - ends.size(), 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
                 100000);
  };
  EXPECT_EQ(line(16 << 10).state, State::kDone);
  EXPECT_EQ(line((16 << 10) + 1).refusal.status, 414);

  const auto head = [](size_t bytes) {
    const std::string ends = "GET / HTTP/1.1\r\nHost: a\r\nb: \r\n\r\n";
    return Parse(
        "GET / HTTP/1.1\r\nHost: a\r\nb: " + std::string(bytes - ends.size(), 'c') + "\r\n\r\n",
        100000);
  };
  EXPECT_EQ(head(64 << 10).state, State::kDone);
  EXPECT_EQ(head((64 << 10) + 1).refusal.status, 431);
}

TEST(RequestParser, BodyMemoryGrowsWithWhatCameNotWithWhatIsClaimed) {
  BodyMemory memory(size_t{1} << 30);
  BodyLease lease(memory);
  const RequestLimits limits;
  RequestParser parser(limits, lease);
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n";
  ASSERT_EQ(parser.Feed(head), head.size());
  EXPECT_EQ(memory.held(), 0u);
  ASSERT_EQ(parser.Feed("x"), 1u);
  EXPECT_EQ(memory.held(), size_t{64} << 10);
  const std::string much((64 << 10), 'x');
  ASSERT_EQ(parser.Feed(much), much.size());
  EXPECT_GE(memory.held(), much.size() + 1);
  EXPECT_LE(memory.held(), 2 * (much.size() + 1));
  lease.Release();
  EXPECT_EQ(memory.held(), 0u);
}

TEST(RequestParser, BodyMemoryIsRefusedOnePastTheCap) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
  const std::string body(1000, 'x');
  EXPECT_EQ(Parse(head + body, 100, {}, 1000).state, State::kDone);
  const Outcome refused = Parse(head + body, 100, {}, 999);
  EXPECT_EQ(refused.state, State::kRefused);
  EXPECT_EQ(refused.refusal.status, 503);
  EXPECT_EQ(refused.refusal.error, "overloaded");
}

}  // namespace
}  // namespace oncelog::net
