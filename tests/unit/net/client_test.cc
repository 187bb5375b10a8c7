#include "net/client.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/listen_socket.h"
#include "tests/unit/net/server_fixture.h"

namespace oncelog::net {
namespace {

using std::chrono::milliseconds;

class CountedStream : public BodyStream {
 public:
  CountedStream(int pieces, bool whole) : pieces_(pieces), whole_(whole) {}
  void Next(std::function<void(bool ok, std::string piece)> done) override {
    if (pieces_-- > 0) {
      done(true, std::string(1000, 'x'));
    } else {
      done(whole_, "");
    }
  }

 private:
  int pieces_;
  bool whole_;
};

void Answer(Request request, Responder responder) {
  if (request.target == "/stream" || request.target == "/broken") {
    responder.Send({.stream = std::make_unique<CountedStream>(100, request.target == "/stream")});
  } else if (request.target == "/close") {
    responder.Send({.body = "bye", .close = true});
  } else {
    responder.Send({.status = 201,
                    .fields = {{"X-Type", std::string(request.Find("content-type"))}},
                    .body = request.method + " " + request.body});
  }
}

TEST(Client, SendsAndKeepsTheConnection) {
  TestServer server(Answer);
  Client client("127.0.0.1", server->port(), kPatience);
  for (int i = 0; i < 3; ++i) {
    const Result<ClientResponse> answer =
        client.Send("POST", "/x", {{"Content-Type", "text/plain"}}, "hello");
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(answer->body, "POST hello");
    EXPECT_EQ(answer->Find("x-type"), "text/plain");
  }
  EXPECT_EQ(server.counters().connections_total, 1u);
}

TEST(Client, ConnectsAgainAfterAClose) {
  TestServer server(Answer);
  Client client("localhost", server->port(), kPatience);
  for (int i = 0; i < 2; ++i) {
    const Result<ClientResponse> answer = client.Send("GET", "/close", {}, "");
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_EQ(answer->body, "bye");
  }
  EXPECT_EQ(server.counters().connections_total, 2u);
}

TEST(Client, NoticesThatTheServerClosedAnIdleConnection) {
  ServerOptions options = TestOptions();
  options.idle_timeout = milliseconds(500);
  TestServer server(Answer, options);
  Client client("127.0.0.1", server->port(), kPatience);
  for (int i = 0; i < 2; ++i) {
    const Result<ClientResponse> answer = client.Send("GET", "/", {}, "");
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    ASSERT_TRUE(Eventually([&] { return server.counters().connections_open == 0; }));
  }
}

// A server of few words: for each connection it reads a head, says its line, and goes on.
class TerseServer {
 public:
  TerseServer(std::string answer, bool closes)
      : sockets_(OpenListenSockets("127.0.0.1", 0, 1).Take()), thread_([=, this] {
          pollfd entry{.fd = sockets_.sockets[0].get(), .events = POLLIN, .revents = 0};
          while (!stop_) {
            if (poll(&entry, 1, 10) <= 0) continue;
            Descriptor client(accept(entry.fd, nullptr, nullptr));
            std::array<char, 1000> head;
            recv(client.get(), head.data(), head.size(), 0);
            send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
            if (!closes) kept_.push_back(std::move(client));
          }
        }) {}
  ~TerseServer() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] uint16_t port() const { return sockets_.port; }

 private:
  std::atomic<bool> stop_{false};
  ListenSockets sockets_;
  std::vector<Descriptor> kept_;
  std::thread thread_;
};

TEST(Client, DoesNotUseAConnectionAgainThatIsToBeClosed) {
  TerseServer server("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", false);
  Client client("127.0.0.1", server.port(), kPatience);
  for (int i = 0; i < 2; ++i) {
    const Result<ClientResponse> answer = client.Send("GET", "/", {}, "");
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_EQ(answer->body, "ok");
  }
}

TEST(Client, SeesTheAnswerOfAServerThatDidNotReadAll) {
  TerseServer server("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno", true);
  Client client("127.0.0.1", server.port(), kPatience);
  const Result<ClientResponse> answer = client.Send("POST", "/", {}, std::string(30'000'000, 'x'));
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->status, 413);
}

TEST(Client, SkipsInterimAnswersAndReadsToTheEndOfTheConnection) {
  TerseServer server("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nall", true);
  Client client("127.0.0.1", server.port(), kPatience);
  const Result<ClientResponse> answer = client.Send("GET", "/", {}, "");
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->body, "all");
}

TEST(Client, WhatIsNotHttpIsAnError) {
  for (const char* words :
       {"", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    TerseServer server(words, true);
    Client client("127.0.0.1", server.port(), kPatience);
    const Result<ClientResponse> answer = client.Send("GET", "/", {}, "");
    ASSERT_FALSE(answer.ok()) << words;
    EXPECT_EQ(answer.error().code(), Code::kIo);
  }
}

TEST(Client, AHeadAnswerHasNoBody) {
  TestServer server(Answer);
  Client client("127.0.0.1", server->port(), kPatience);
  for (int i = 0; i < 2; ++i) {
    const Result<ClientResponse> answer = client.Send("HEAD", "/", {}, "");
    ASSERT_TRUE(answer.ok()) << answer.error().message();
    EXPECT_EQ(answer->Find("Content-Length"), "5");
    EXPECT_EQ(answer->body, "");
  }
}

TEST(Client, ReadsAStreamPieceByPiece) {
  TestServer server(Answer);
  Client client("127.0.0.1", server->port(), kPatience);
  size_t bytes = 0;
  const Result<ClientResponse> answer =
      client.Stream("GET", "/stream", {}, [&](std::string_view piece) {
        bytes += piece.size();
        return true;
      });
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(bytes, 100'000u);
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(client.Send("GET", "/stream", {}, "")->body.size(), 100'000u) << "also kept whole";
  EXPECT_EQ(server.counters().connections_total, 1u);
}

TEST(Client, AStoppedOrBrokenStreamIsAnError) {
  TestServer server(Answer);
  Client client("127.0.0.1", server->port(), kPatience);
  const auto stop = [](std::string_view) { return false; };
  const auto go_on = [](std::string_view) { return true; };
  EXPECT_EQ(client.Stream("GET", "/stream", {}, stop).error().code(), Code::kIo);
  EXPECT_EQ(client.Stream("GET", "/broken", {}, go_on).error().code(), Code::kIo);
  EXPECT_TRUE(client.Send("GET", "/", {}, "").ok()) << "usable again";
}

TEST(Client, SeesTheAnswerToABodyThatWasRefused) {
  ServerOptions options = TestOptions();
  options.body_bytes_max = 1000;
  TestServer server(Answer, options);
  Client client("127.0.0.1", server->port(), kPatience);
  const Result<ClientResponse> answer = client.Send("POST", "/", {}, std::string(5'000'000, 'x'));
  ASSERT_TRUE(answer.ok()) << answer.error().message();
  EXPECT_EQ(answer->status, 413);
}

TEST(Client, SilenceAndRefusalAreErrorsThatNameTheAddress) {
  uint16_t port = 0;
  {
    HeldRequests held;
    TestServer server(held.function());
    port = server->port();
    Client client("127.0.0.1", port, milliseconds(20));
    const Result<ClientResponse> silent = client.Send("GET", "/", {}, "");
    ASSERT_FALSE(silent.ok());
    EXPECT_EQ(silent.error().code(), Code::kIo);
    held.Take().reset();
  }
  const Result<ClientResponse> refused =
      Client("127.0.0.1", port, kPatience).Send("GET", "/", {}, "");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::kIo);
  EXPECT_NE(refused.error().message().find("127.0.0.1:" + std::to_string(port)), std::string::npos);
}

TEST(Client, DoesNotLetARequestBeSplit) {
  Client client("127.0.0.1", 1, kPatience);
  EXPECT_EQ(client.Send("GET", "/a b", {}, "").error().code(), Code::kInvalid);
  EXPECT_EQ(client.Send("GET", "/\r\nEvil: x", {}, "").error().code(), Code::kInvalid);
  EXPECT_EQ(client.Send("GET", "/", {{"A", "b\r\nEvil: x"}}, "").error().code(), Code::kInvalid);
}

}  // namespace
}  // namespace oncelog::net
