// Starting to listen, and stopping.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/net/server_fixture.h"

namespace oncelog::net {
namespace {

using std::chrono::milliseconds;

Code ListenError(const std::string& host, uint16_t port, int io_threads = 1) {
  FunctionHandler handler(Echo);
  const Result<std::unique_ptr<Server>> server =
      Server::Listen({.host = host, .port = port, .io_threads = io_threads}, handler);
  EXPECT_FALSE(server.ok());
  return server.ok() ? Code::kDamaged : server.error().code();
}

TEST(ServerListen, APortInUseIsSaidPlainly) {
  for (const int io_threads : {1, 2}) {
    ServerOptions options = TestOptions();
    options.io_threads = io_threads;
    TestServer server(Echo, options);
    for (const int others : {1, 2}) {
      EXPECT_EQ(ListenError("127.0.0.1", server->port(), others), Code::kIo);
    }
  }
}

TEST(ServerListen, ABadAddressIsTheCallersFault) {
  for (const char* host : {"", "nowhere.example", "1.2.3", "[::1", "::g"}) {
    EXPECT_EQ(ListenError(host, 0), Code::kInvalid) << host;
  }
  EXPECT_EQ(ListenError("192.0.2.1", 0), Code::kInvalid) << "not an address of this machine";
}

TEST(ServerListen, APortJustLeftCanBeTakenAgain) {
  uint16_t port = 0;
  {
    TestServer server(Echo);
    port = server->port();
    RawClient client = server.Connect();
    client.Send(GetBytes());
    client.Read();
  }
  ServerOptions options = TestOptions();
  options.port = port;
  TestServer again(Echo, options);
  EXPECT_EQ(again->port(), port);
}

TEST(ServerStop, ClosesIdleConnectionsAtOnce) {
  ServerOptions options = TestOptions();
  options.idle_timeout = std::chrono::hours(1);
  TestServer server(Echo, options);
  RawClient client = server.Connect();
  client.Send(GetBytes());
  EXPECT_EQ(client.Read().status, 200);
  std::thread stopper([&] { server->Stop(std::chrono::hours(1)); });
  RawClient::End end = RawClient::End::kOpen;
  EXPECT_EQ(client.ReadAll(&end), "");
  EXPECT_EQ(end, RawClient::End::kClosed);
  client.Close();
  stopper.join();
  EXPECT_EQ(server.counters().connections_open, 0u);
}

TEST(ServerStop, LetsARunningExchangeEnd) {
  HeldRequests held;
  TestServer server(held.function());
  RawClient client = server.Connect();
  client.Send(GetBytes() + GetBytes("/second"));
  std::optional<HeldRequests::Held> request = held.Take();
  ASSERT_TRUE(request);
  std::thread stopper([&] { server->Stop(std::chrono::minutes(10)); });
  // Once new connections are refused, stopping has begun.
  ASSERT_TRUE(Eventually([&] { return !server.Connect().open(); }));
  request->responder.Send({.body = "finished"});
  const RawAnswer answer = client.Read();
  EXPECT_EQ(answer.body, "finished");
  EXPECT_EQ(answer.Value("Connection"), "close");
  EXPECT_EQ(client.ReadAll(), "") << "the second request is not begun";
  client.Close();
  stopper.join();
}

TEST(ServerStop, AfterTheGraceAnswersAreDropped) {
  HeldRequests held;
  TestServer server(held.function());
  RawClient client = server.Connect();
  client.Send(PostBytes("x"));
  std::optional<HeldRequests::Held> request = held.Take();
  ASSERT_TRUE(request);
  server->Stop(milliseconds(0));
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_EQ(server.counters().connections_open, 0u);
  EXPECT_EQ(server.counters().body_bytes_held, 0u);
  server.Destroy();
  request->responder.Send({.body = "late"});
}

TEST(ServerStop, PostedWorkIsDroppedAfterwards) {
  TestServer server(Echo);
  server->Stop(milliseconds(0));
  server->Stop(milliseconds(0));
  bool ran = false;
  server->Post(0, [&] { ran = true; });
  server.Destroy();
  EXPECT_FALSE(ran);
}

TEST(ServerStop, UnderLoad) {
  for (const int io_threads : {1, 3}) {
    ServerOptions options = TestOptions();
    options.io_threads = io_threads;
    HeldRequests held;
    TestServer server(
        [&](Request request, Responder responder) {
          if (request.target == "/held") {
            held.function()(std::move(request), std::move(responder));
          } else {
            Echo(std::move(request), std::move(responder));
          }
        },
        options);
    std::atomic<int> answers{0};
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        while (!stop) {
          RawClient client = server.Connect();
          if (!client.open()) return;
          client.Send(GetBytes("/a") + PostBytes("b") + GetBytes(i % 2 == 0 ? "/held" : "/c"));
          for (int n = 0; n < 3 && client.Read().whole; ++n) ++answers;
        }
      });
    }
    std::thread answerer([&] {
      while (std::optional<HeldRequests::Held> next = held.Take()) {
        if (next->request.target == "/end") return;
        next->responder.Send({});
      }
    });
    EXPECT_TRUE(Eventually([&] { return answers > 200; }));
    server->Stop(milliseconds(100));
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(server.counters().connections_open, 0u);
    Request end;
    end.target = "/end";
    held.function()(std::move(end), Responder(nullptr));
    answerer.join();
  }
}

}  // namespace
}  // namespace oncelog::net
