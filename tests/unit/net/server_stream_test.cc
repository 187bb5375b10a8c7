// Bodies made piece by piece.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/net/server_fixture.h"

namespace oncelog::net {
namespace {

using Done = std::function<void(bool ok, std::string piece)>;

class FunctionStream : public BodyStream {
 public:
  explicit FunctionStream(std::function<void(Done)> next, std::atomic<int>* alive = nullptr)
      : next_(std::move(next)), alive_(alive) {
    if (alive_ != nullptr) ++*alive_;
  }
  ~FunctionStream() override {
    if (alive_ != nullptr) --*alive_;
  }
  void Next(Done done) override { next_(std::move(done)); }

 private:
  std::function<void(Done)> next_;
  std::atomic<int>* alive_;
};

// Answers each request with a stream made by `make`.
FunctionHandler::Function Streaming(std::function<std::unique_ptr<BodyStream>()> make) {
  return [make = std::move(make)](Request, Responder responder) {
    responder.Send({.content_type = "text/plain", .stream = make()});
  };
}

// Gives the pieces one after the other, at once.
std::unique_ptr<BodyStream> Pieces(std::vector<std::string> pieces, bool whole = true) {
  return std::make_unique<FunctionStream>(
      [pieces = std::move(pieces), whole, at = size_t{0}](Done done) mutable {
        if (at < pieces.size()) {
          done(true, pieces[at++]);
        } else {
          done(whole, "");
        }
      });
}

// Keeps what a stream is asked for until the test answers it, on the test's thread.
class HeldPieces {
 public:
  std::unique_ptr<BodyStream> Make(std::atomic<int>* alive = nullptr) {
    return std::make_unique<FunctionStream>(
        [this](Done done) {
          const std::lock_guard<std::mutex> lock(mutex_);
          asked_ = std::move(done);
          ++count_;
          some_.notify_all();
        },
        alive);
  }
  Done Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!some_.wait_for(lock, kPatience, [this] { return asked_ != nullptr; })) return nullptr;
    return std::exchange(asked_, nullptr);
  }
  int count() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return count_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable some_;
  Done asked_;
  int count_ = 0;
};

TEST(ServerStream, SendsChunksAndKeepsTheConnection) {
  TestServer server(Streaming([] { return Pieces({"one\n", std::string(20, 'x')}); }));
  RawClient client = server.Connect();
  for (int i = 0; i < 2; ++i) {
    client.Send(GetBytes());
    const RawAnswer answer = client.Read();
    EXPECT_EQ(answer.Value("Transfer-Encoding"), "chunked");
    EXPECT_EQ(answer.Value("Content-Length"), "");
    EXPECT_EQ(answer.body, "4\r\none\n\r\n14\r\n" + std::string(20, 'x') + "\r\n0\r\n\r\n");
  }
}

TEST(ServerStream, AnEmptyStreamIsAnEmptyBody) {
  TestServer server(Streaming([] { return Pieces({}); }));
  RawClient client = server.Connect();
  client.Send(GetBytes() + GetBytes());
  EXPECT_EQ(client.Read().body, "0\r\n\r\n");
  EXPECT_EQ(client.Read().body, "0\r\n\r\n");
}

TEST(ServerStream, ForHttp10TheEndIsTheClose) {
  TestServer server(Streaming([] { return Pieces({"one\n", "two\n"}); }));
  RawClient client = server.Connect();
  client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const RawAnswer head = client.Read();
  EXPECT_EQ(head.Value("Transfer-Encoding"), "");
  EXPECT_EQ(head.Value("Connection"), "close");
  RawClient::End end = RawClient::End::kOpen;
  EXPECT_EQ(client.ReadAll(&end), "one\ntwo\n");
  EXPECT_EQ(end, RawClient::End::kClosed);
}

TEST(ServerStream, ABrokenStreamIsSeenToBeBroken) {
  TestServer server(Streaming([] { return Pieces({"one\n"}, /*whole=*/false); }));
  RawClient client = server.Connect();
  client.Send(GetBytes());
  const std::string all = client.ReadAll();
  EXPECT_NE(all.find("4\r\none\n\r\n"), std::string::npos);
  EXPECT_FALSE(all.ends_with("0\r\n\r\n"));

  RawClient old = server.Connect();
  old.Send("GET / HTTP/1.0\r\n\r\n");
  RawClient::End end = RawClient::End::kOpen;
  old.ReadAll(&end);
  EXPECT_EQ(end, RawClient::End::kReset) << "a plain close would look like the end of the body";
}

TEST(ServerStream, ADroppedDoneBreaksOff) {
  TestServer server(Streaming([] { return std::make_unique<FunctionStream>([](const Done&) {}); }));
  RawClient client = server.Connect();
  client.Send(GetBytes());
  RawClient::End end = RawClient::End::kOpen;
  EXPECT_FALSE(client.ReadAll(&end).ends_with("0\r\n\r\n"));
  EXPECT_EQ(end, RawClient::End::kClosed);
}

TEST(ServerStream, HeadDoesNotAskForPieces) {
  HeldPieces pieces;
  TestServer server(Streaming([&] { return pieces.Make(); }));
  RawClient client = server.Connect();
  client.Send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.Read(/*head_request=*/true).status, 200);
  client.Send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.Read(/*head_request=*/true).status, 200);
  EXPECT_EQ(pieces.count(), 0);
}

TEST(ServerStream, PiecesMayComeFromAnyThread) {
  HeldPieces pieces;
  TestServer server(Streaming([&] { return pieces.Make(); }));
  RawClient client = server.Connect();
  client.Send(GetBytes());
  for (const char* piece : {"a", "b", ""}) {
    const Done done = pieces.Take();
    ASSERT_NE(done, nullptr);
    done(true, piece);
  }
  EXPECT_EQ(client.Read().body, "1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
}

TEST(ServerStream, TheNextPieceWaitsUntilTheLastWasWritten) {
  HeldPieces pieces;
  TestServer server(Streaming([&] { return pieces.Make(); }));
  RawClient client(server->port(), /*receive_buffer_bytes=*/4096);
  client.Send(GetBytes());
  const Done first = pieces.Take();
  ASSERT_NE(first, nullptr);
  const std::string large(size_t{32} << 20, 'x');  // more than all socket buffers hold
  first(true, large);
  std::atomic<bool> passed{false};
  server->Post(0, [&] { passed = true; });  // behind the piece
  ASSERT_TRUE(Eventually([&] { return passed.load(); }));
  EXPECT_EQ(pieces.count(), 1);
  std::thread reader([&] { client.ReadBytes(large.size()); });
  const Done second = pieces.Take();
  ASSERT_NE(second, nullptr);
  second(true, "");
  reader.join();
}

TEST(ServerStream, AStreamWithoutEndLeavesTheLoopToOthers) {
  const auto endless = [] {
    return std::make_unique<FunctionStream>([](const Done& done) { done(true, "x"); });
  };
  TestServer server([&](Request request, Responder responder) {
    if (request.target == "/endless") {
      responder.Send({.stream = endless()});
    } else {
      Echo(std::move(request), std::move(responder));
    }
  });
  RawClient greedy = server.Connect();
  greedy.Send(GetBytes("/endless"));
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop && !greedy.ReadBytes(1000).empty()) {
    }
    greedy.Close();
  });
  RawClient other = server.Connect();
  for (int i = 0; i < 10; ++i) {
    other.Send(GetBytes());
    EXPECT_EQ(other.Read().status, 200);
  }
  stop = true;
  reader.join();
}

TEST(ServerStream, AStreamOutlivesItsClientOnlyWhileAPieceIsMade) {
  std::atomic<int> alive{0};
  HeldPieces pieces;
  TestServer server(Streaming([&] { return pieces.Make(&alive); }));
  RawClient client = server.Connect();
  client.Send(GetBytes());
  Done done = pieces.Take();
  ASSERT_NE(done, nullptr);
  server->Stop(std::chrono::milliseconds(0));
  EXPECT_EQ(alive, 1) << "whoever makes the piece may be using it";
  done(true, "late");
  done = nullptr;
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace oncelog::net
