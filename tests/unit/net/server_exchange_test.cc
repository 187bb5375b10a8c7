// Requests and their answers over a socket.
#include <gtest/gtest.h>

#include <atomic>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "net/text.h"
#include "tests/unit/net/refused_shapes.h"
#include "tests/unit/net/server_fixture.h"

namespace oncelog::net {
namespace {

TEST(Server, AnswersOverOneConnectionAgainAndAgain) {
  TestServer server(Echo);
  RawClient client = server.Connect();
  for (const std::string body : {"one", "", "three"}) {
    ASSERT_TRUE(client.Send(PostBytes(body)));
    const RawAnswer answer = client.Read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "POST /publish " + body);
    EXPECT_EQ(answer.Value("Connection"), "");
  }
  EXPECT_EQ(server.counters().requests_total, 3u);
  EXPECT_EQ(server.counters().connections_total, 1u);
  EXPECT_EQ(server.counters().connections_open, 1u);
}

TEST(Server, NamesItselfTheDateAndTheRequest) {
  TestServer server(Echo);
  RawClient client = server.Connect();
  client.Send(GetBytes() + GetBytes() + GetBytes("/", "X-Request-Id: my-own\r\n") +
              GetBytes("/", "X-Request-Id: not sane\r\n"));
  const RawAnswer first = client.Read();
  EXPECT_EQ(first.Value("Server"), "oncelog");
  EXPECT_TRUE(std::regex_match(
      first.Value("Date"),
      std::regex("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT")))
      << first.Value("Date");
  EXPECT_TRUE(IsSaneRequestId(first.Value("X-Request-Id")));
  EXPECT_NE(first.Value("X-Request-Id"), client.Read().Value("X-Request-Id"));
  EXPECT_EQ(client.Read().Value("X-Request-Id"), "my-own");
  EXPECT_NE(client.Read().Value("X-Request-Id"), "not sane");
}

TEST(Server, RefusesEachShapeAndCloses) {
  std::atomic<int> handled{0};
  TestServer server([&](Request request, Responder responder) {
    ++handled;
    Echo(std::move(request), std::move(responder));
  });
  for (const RefusedShape& shape : RefusedShapes()) {
    SCOPED_TRACE(shape.name);
    RawClient client = server.Connect();
    // What follows must never be taken for a request of its own.
    client.Send(shape.bytes + GetBytes("/smuggled"));
    client.ShutdownSend();
    RawClient::End end = RawClient::End::kOpen;
    const std::string all = client.ReadAll(&end);
    EXPECT_EQ(all.substr(0, 13), "HTTP/1.1 " + std::to_string(shape.status) + " ");
    EXPECT_NE(all.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_EQ(all.find("Server: "), all.rfind("Server: ")) << "one answer only";
    EXPECT_EQ(end, RawClient::End::kClosed) << "not a reset, which could eat the answer";
  }
  EXPECT_EQ(handled, 0);
  EXPECT_EQ(server.counters().refused_total, RefusedShapes().size());
}

TEST(Server, AForeignHostIsMisdirectedOnLoopback) {
  ServerOptions options = TestOptions();
  options.allowed_hosts = {"oncelog.internal"};
  TestServer server(Echo, options);
  const auto status = [&](const std::string& target, const std::string& host) {
    RawClient client = server.Connect();
    client.Send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    return client.Read().status;
  };
  EXPECT_EQ(status("/", "localhost:80"), 200);
  EXPECT_EQ(status("/", "[::1]"), 200);
  EXPECT_EQ(status("/", "oncelog.internal:8080"), 200);
  EXPECT_EQ(status("/", "evil.example"), 421);
  EXPECT_EQ(status("http://evil.example/", "localhost"), 421);
  EXPECT_EQ(status("http://localhost/", "evil.example"), 200) << "the target's host counts";
}

TEST(Server, AnswersAnyHostElsewhere) {
  ServerOptions options = TestOptions();
  options.host = "0.0.0.0";
  TestServer server(Echo, options);
  RawClient client = server.Connect();
  client.Send("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
  EXPECT_EQ(client.Read().status, 200);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  HeldRequests held;
  TestServer server(held.function());
  RawClient client = server.Connect();
  client.Send(GetBytes("/1") + PostBytes("two") + GetBytes("/3"));
  for (const char* target : {"/1", "/publish", "/3"}) {
    std::optional<HeldRequests::Held> next = held.Take();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->request.target, target);
    EXPECT_EQ(server.counters().requests_total, target[1] == '1'   ? 1u
                                                : target[1] == 'p' ? 2u
                                                                   : 3u)
        << "the next request is not read before the answer to this one";
    next->responder.Send({.body = target});
    EXPECT_EQ(client.Read().body, target);
  }
}

TEST(Server, AnswersThousandsOfPipelinedRequests) {
  TestServer server(Echo);
  RawClient client = server.Connect();
  constexpr int kRequests = 20'000;
  std::thread sender([&] {
    std::string bytes;
    for (int i = 0; i < kRequests; ++i) bytes += GetBytes("/" + std::to_string(i));
    client.Send(bytes);
  });
  int in_order = 0;
  for (int i = 0; i < kRequests; ++i) {
    if (client.Read().body == "GET /" + std::to_string(i) + " ") ++in_order;
  }
  sender.join();
  EXPECT_EQ(in_order, kRequests);
}

TEST(Server, DoesNotReadWithoutBoundAhead) {
  HeldRequests held;
  TestServer server(held.function());
  RawClient client = server.Connect();
  client.Send(GetBytes());
  std::optional<HeldRequests::Held> first = held.Take();
  ASSERT_TRUE(first);
  // The server's and the client's socket buffers fill, and then nothing more is taken.
  const std::string much(size_t{1} << 20, 'x');
  size_t sent = 0;
  while (const size_t size = client.SendSome(much)) {
    sent += size;
    ASSERT_LT(sent, size_t{64} << 20);
  }
  first->responder.Send({});
  EXPECT_EQ(client.Read().status, 200);
}

TEST(Server, ReadsChunkedBodies) {
  TestServer server(Echo);
  RawClient client = server.Connect();
  client.Send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\nTrailer: x\r\n\r\n" +
      GetBytes("/next"));
  EXPECT_EQ(client.Read().body, "POST / abc0123456789abcdef");
  EXPECT_EQ(client.Read().body, "GET /next ");
}

TEST(Server, TakesALargeBodyUpToTheLimit) {
  ServerOptions options = TestOptions();
  options.body_bytes_max = 3'000'000;
  TestServer server(
      [](Request request, Responder responder) {
        responder.Send({.body = std::to_string(request.body.size())});
      },
      options);
  RawClient client = server.Connect();
  ASSERT_TRUE(client.Send(PostBytes(std::string(3'000'000, 'x'))));
  EXPECT_EQ(client.Read().body, "3000000");
}

TEST(Server, AClientThatSendsFarTooMuchSeesTheAnswerAndNotAReset) {
  ServerOptions options = TestOptions();
  options.body_bytes_max = 1000;
  TestServer server(Echo, options);
  RawClient client = server.Connect();
  // More than the sockets hold, and all of it sent before the answer is looked at.
  EXPECT_TRUE(client.Send(PostBytes(std::string(30'000'000, 'x'))));
  client.ShutdownSend();
  const RawAnswer answer = client.Read();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.body.substr(0, 14), "body_too_large");
  RawClient::End end = RawClient::End::kOpen;
  client.ReadAll(&end);
  EXPECT_EQ(end, RawClient::End::kClosed);
}

TEST(Server, HeadGetsTheHeadOnly) {
  TestServer server(Echo);
  RawClient client = server.Connect();
  client.Send("HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n" + GetBytes("/y"));
  const RawAnswer head = client.Read(/*head_request=*/true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Value("Content-Length"), "8") << "of the answer \"HEAD /x \"";
  EXPECT_EQ(client.Read().body, "GET /y ");
}

TEST(Server, SaysContinueOnceBeforeTheBody) {
  TestServer server(Echo);
  RawClient client = server.Connect();
  const std::string head =
      "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  for (int i = 0; i < 2; ++i) {
    client.Send(head);
    EXPECT_EQ(client.ReadBytes(25), "HTTP/1.1 100 Continue\r\n\r\n");
    client.Send("hello");
    EXPECT_EQ(client.Read().body, "POST / hello");
  }
  client.Send(head + "hello");
  EXPECT_EQ(client.Read().status, 200) << "no need to say it once the body is there";
}

TEST(Server, SaysNoContinueToABodyTooLarge) {
  TestServer server(Echo);
  RawClient client = server.Connect();
  client.Send(
      "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: "
      "99999999\r\n\r\n");
  EXPECT_EQ(client.Read().status, 413);
}

TEST(Server, Http10ClosesUnlessAskedNotTo) {
  TestServer server(Echo);
  RawClient closing = server.Connect();
  closing.Send("GET /a HTTP/1.0\r\n\r\n");
  const RawAnswer answer = closing.Read();
  EXPECT_EQ(answer.body, "GET /a ");
  EXPECT_EQ(answer.Value("Connection"), "close");
  RawClient::End end = RawClient::End::kOpen;
  EXPECT_EQ(closing.ReadAll(&end), "");
  EXPECT_EQ(end, RawClient::End::kClosed);

  RawClient kept = server.Connect();
  kept.Send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.Read().Value("Connection"), "keep-alive");
  kept.Send("GET /b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.Read().body, "GET /b ");
}

TEST(Server, ClosesWhenTheClientOrTheHandlerAsks) {
  TestServer server([](Request request, Responder responder) {
    responder.Send({.body = "x", .close = request.target == "/close"});
  });
  for (const std::string& bytes : {GetBytes("/", "Connection: close\r\n"), GetBytes("/close")}) {
    RawClient client = server.Connect();
    client.Send(bytes + GetBytes("/more"));
    EXPECT_EQ(client.Read().Value("Connection"), "close");
    EXPECT_EQ(client.ReadAll(), "") << "requests behind the last one are not answered";
  }
}

TEST(Server, AnswersAClientThatOnlyClosedItsSendingSide) {
  TestServer server(Echo);
  RawClient client = server.Connect();
  client.Send(GetBytes("/half"));
  client.ShutdownSend();
  EXPECT_EQ(client.Read().body, "GET /half ");
}

TEST(Server, ADroppedResponderAnswers500) {
  HeldRequests held;
  TestServer server([&](Request request, Responder responder) {
    if (request.target == "/later") held.function()(std::move(request), std::move(responder));
  });
  RawClient client = server.Connect();
  client.Send(GetBytes("/now"));
  EXPECT_EQ(client.Read().status, 500);
  client.Send(GetBytes("/later"));
  held.Take().reset();  // on this thread, which is not the loop's
  EXPECT_EQ(client.Read().status, 500);
  client.Send(GetBytes("/now"));
  EXPECT_EQ(client.Read().status, 500) << "the connection lives on";
}

TEST(Server, AnswersFromManyThreads) {
  HeldRequests held;
  TestServer server(held.function());
  constexpr int kClients = 16;
  constexpr int kRounds = 100;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kClients * kRounds / 4; ++n) {
        std::optional<HeldRequests::Held> next = held.Take();
        if (next) next->responder.Send({.body = next->request.target});
      }
    });
  }
  std::vector<RawClient> clients;
  for (int i = 0; i < kClients; ++i) clients.push_back(server.Connect());
  for (int round = 0; round < kRounds; ++round) {
    const std::string target = "/" + std::to_string(round);
    for (RawClient& client : clients) client.Send(GetBytes(target));
    for (RawClient& client : clients) EXPECT_EQ(client.Read().body, target);
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Server, AClientThatLeftIsForgotten) {
  HeldRequests held;
  TestServer server(held.function());
  for (int i = 0; i < 3; ++i) {
    RawClient client = server.Connect();
    client.Send(PostBytes("body"));
    std::optional<HeldRequests::Held> next = held.Take();
    ASSERT_TRUE(next);
    client.Close();
    next->responder.Send({.body = std::string(100'000, 'x')});
  }
  EXPECT_TRUE(Eventually([&] { return server.counters().connections_open == 0; }));
  EXPECT_EQ(server.counters().body_bytes_held, 0u);
}

TEST(Server, PostRunsOnTheLoopOfThatNumber) {
  ServerOptions options = TestOptions();
  options.io_threads = 2;
  std::vector<std::thread::id> threads(2);
  TestServer server(
      [&](Request request, Responder responder) {
        const auto loop = static_cast<size_t>(request.loop);
        responder.Send({.body = threads[loop] == std::this_thread::get_id() ? "same" : "other"});
      },
      options);
  std::atomic<int> ran{0};
  for (int loop = 0; loop < 2; ++loop) {
    server->Post(loop, [&, loop] {
      threads[static_cast<size_t>(loop)] = std::this_thread::get_id();
      ++ran;
    });
  }
  ASSERT_TRUE(Eventually([&] { return ran == 2; }));
  EXPECT_NE(threads[0], threads[1]);
  for (int i = 0; i < 20; ++i) {
    RawClient client = server.Connect();
    client.Send(GetBytes());
    EXPECT_EQ(client.Read().body, "same");
  }
}

}  // namespace
}  // namespace oncelog::net
