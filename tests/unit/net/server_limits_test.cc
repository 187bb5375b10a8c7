// Slow clients, too many of them, and too much from them.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/net/server_fixture.h"

namespace oncelog::net {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSoon{50};
constexpr milliseconds kNever{3'600'000};

ServerOptions Timeouts(milliseconds idle, milliseconds header, milliseconds body) {
  ServerOptions options = TestOptions();
  options.idle_timeout = idle;
  options.header_timeout = header;
  options.body_timeout = body;
  return options;
}

TEST(ServerLimits, AnIdleConnectionIsClosedSilently) {
  TestServer server(Echo, Timeouts(kSoon, kNever, kNever));
  RawClient fresh = server.Connect();
  RawClient::End end = RawClient::End::kOpen;
  EXPECT_EQ(fresh.ReadAll(&end), "");
  EXPECT_EQ(end, RawClient::End::kClosed);

  TestServer patient(Echo, Timeouts(milliseconds(1000), kNever, kNever));
  RawClient used = patient.Connect();
  used.Send(GetBytes());
  EXPECT_EQ(used.Read().status, 200);
  EXPECT_EQ(used.ReadAll(&end), "");
  EXPECT_EQ(end, RawClient::End::kClosed);
}

TEST(ServerLimits, AHeadThatDoesNotEndIs408) {
  TestServer server(Echo, Timeouts(kNever, kSoon, milliseconds(1000)));
  RawClient client = server.Connect();
  client.Send("GET / HTTP/1.1\r\nHo");
  const RawAnswer answer = client.Read();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.Value("Connection"), "close");
  client.ShutdownSend();
  EXPECT_EQ(client.ReadAll(), "");
}

TEST(ServerLimits, ABodyThatDoesNotEndIs408) {
  TestServer server(Echo, Timeouts(kNever, kNever, kSoon));
  for (const char* framing : {"Content-Length: 5", "Transfer-Encoding: chunked"}) {
    RawClient client = server.Connect();
    client.Send("POST / HTTP/1.1\r\nHost: localhost\r\n" + std::string(framing) + "\r\n\r\n2");
    EXPECT_EQ(client.Read().status, 408) << framing;
  }
}

TEST(ServerLimits, ASecondRequestsHeadHasItsOwnDeadline) {
  TestServer server(Echo, Timeouts(kNever, kSoon, milliseconds(1000)));
  RawClient client = server.Connect();
  client.Send(GetBytes() + "GET /unfinished");
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(client.Read().status, 408);
}

TEST(ServerLimits, AClientThatDoesNotReadIsCutOff) {
  ServerOptions options = Timeouts(kNever, kNever, kSoon);
  options.body_rate_min = size_t{1} << 30;
  TestServer server(
      [](Request, Responder responder) {
        responder.Send({.body = std::string(size_t{64} << 20, 'x')});
      },
      options);
  RawClient client(server->port(), /*receive_buffer_bytes=*/4096);
  client.Send(GetBytes());
  EXPECT_TRUE(Eventually([&] { return server.counters().requests_total == 1; }));
  EXPECT_TRUE(Eventually([&] { return server.counters().connections_open == 0; }));
  EXPECT_LT(client.ReadAll().size(), size_t{64} << 20);
}

TEST(ServerLimits, ARefusedClientThatSendsOnIsCutOff) {
  TestServer server(Echo, Timeouts(kNever, kNever, kSoon));
  RawClient client = server.Connect();
  client.Send("nonsense\r\n\r\n");
  EXPECT_EQ(client.Read().status, 400);
  EXPECT_TRUE(Eventually([&] { return server.counters().connections_open == 0; }))
      << "though the client never closed";
}

TEST(ServerLimits, BodiesInMemoryAreCappedOverAllConnections) {
  ServerOptions options = TestOptions();
  options.body_memory_max = 100'000;
  HeldRequests held;
  TestServer server(held.function(), options);

  RawClient first = server.Connect();
  first.Send(PostBytes(std::string(60'000, 'a')));
  std::optional<HeldRequests::Held> request = held.Take();
  ASSERT_TRUE(request);
  EXPECT_EQ(server.counters().body_bytes_held, 60'000u);

  RawClient second = server.Connect();
  second.Send(PostBytes(std::string(40'001, 'b')));
  const RawAnswer refused = second.Read();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.Value("Retry-After"), "1");
  EXPECT_EQ(refused.body.substr(0, 10), "overloaded");

  RawClient third = server.Connect();
  third.Send(PostBytes(std::string(40'000, 'c')));
  ASSERT_TRUE((request = held.Take()));
  request.reset();
  EXPECT_EQ(third.Read().status, 500);
  EXPECT_EQ(first.Read().status, 500);
  EXPECT_EQ(server.counters().body_bytes_held, 0u);
}

// Answers that nobody reads would else be memory without a bound.
TEST(ServerLimits, AnswersInMemoryAreCappedOverAllConnections) {
  constexpr size_t kLarge = size_t{24} << 20;  // more than the sockets take
  ServerOptions options = TestOptions();
  options.body_memory_max = kLarge + kLarge / 2;
  const auto large = [](Request, Responder responder) {
    Response response{.content_type = "text/plain", .body = std::string(kLarge, 'x')};
    if (!responder.HasRoomFor(response)) response = {.status = 503};
    responder.Send(std::move(response));
  };
  TestServer server(large, options);

  RawClient slow = server.Connect();
  slow.Send(GetBytes());
  RawClient second = server.Connect();
  while (server.counters().body_bytes_held < kLarge) std::this_thread::yield();
  second.Send(GetBytes());
  EXPECT_EQ(second.Read().status, 503);
  second.Send(PostBytes(std::string(1 << 20, 'e')));  // room for bodies is its own
  EXPECT_EQ(second.Read().body.size(), kLarge) << "what was published is answered";

  EXPECT_EQ(slow.Read().body.size(), kLarge);
  second.Send(GetBytes());
  EXPECT_EQ(second.Read().status, 200);
  while (server.counters().body_bytes_held > 0) std::this_thread::yield();
}

TEST(ServerLimits, AConnectionOverTheCapIsToldSo) {
  ServerOptions options = TestOptions();
  options.connections_max = 2;
  TestServer server(Echo, options);
  std::vector<RawClient> clients;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(server.Connect());
    clients.back().Send(GetBytes());
    EXPECT_EQ(clients.back().Read().status, 200);
  }
  RawClient surplus = server.Connect();
  const RawAnswer answer = surplus.Read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.Value("Retry-After"), "1");
  EXPECT_EQ(answer.Value("Connection"), "close");
  surplus.Close();

  clients.pop_back();
  ASSERT_TRUE(Eventually([&] { return server.counters().connections_open == 1; }));
  RawClient next = server.Connect();
  next.Send(GetBytes());
  EXPECT_EQ(next.Read().status, 200);
}

TEST(ServerLimits, WithoutDescriptorsItWaitsAndThenAcceptsAgain) {
  ServerOptions options = Timeouts(kNever, kSoon, kNever);  // ticks often
  TestServer server(Echo, options);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const int next = dup(0);
  close(next);
  const rlimit tight{.rlim_cur = static_cast<rlim_t>(next) + 1, .rlim_max = limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  RawClient client = server.Connect();  // takes the last one
  for (int i = 0; i < 2; ++i) {         // behind this the loop has tried to accept
    std::atomic<bool> passed{false};
    server->Post(0, [&] { passed = true; });
    EXPECT_TRUE(Eventually([&] { return passed.load(); }));
  }
  EXPECT_EQ(server.counters().connections_total, 0u);
  client.Send(GetBytes());
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(client.Read().status, 200);
}

TEST(ServerLimits, TwoThousandIdleConnectionsDoNotDisturb) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 8192);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  // Both ends are in this process.
  const size_t count = std::min<size_t>(2000, (limit.rlim_cur - 100) / 2);

  TestServer server(Echo);
  std::vector<RawClient> idle;
  for (size_t i = 0; i < count; ++i) {
    idle.push_back(server.Connect());
    ASSERT_TRUE(idle.back().open());
  }
  ASSERT_TRUE(Eventually([&] { return server.counters().connections_open == count; }));
  RawClient client = server.Connect();
  for (int i = 0; i < 100; ++i) {
    client.Send(GetBytes());
    EXPECT_EQ(client.Read().status, 200);
  }
  idle.back().Send(GetBytes());
  EXPECT_EQ(idle.back().Read().status, 200);
}

}  // namespace
}  // namespace oncelog::net
