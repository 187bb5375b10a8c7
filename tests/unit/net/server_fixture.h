// What the socket tests share: a server on a free port with a handler made of one function, and a
// client that sends raw bytes and reads what comes, without any of net's own code.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/server.h"

namespace oncelog::net {

// Nothing waits longer than this; only a broken server gets there.
inline constexpr std::chrono::seconds kPatience{20};

// Condition met within kPatience? `holds` is looked at again and again.
bool Eventually(const std::function<bool()>& holds);

struct RawAnswer {
  bool whole = false;  // else the connection ended, or nothing came
  int status = 0;
  std::string head;  // with the empty line
  std::string body;  // as framed by Content-Length; of a chunked answer the raw chunks

  [[nodiscard]] bool Has(std::string_view text) const {
    return head.find(text) != std::string::npos;
  }
  [[nodiscard]] std::string Value(std::string_view field) const;
};

class RawClient {
 public:
  enum class End { kClosed, kReset, kOpen };

  explicit RawClient(uint16_t port, int receive_buffer_bytes = 0);
  ~RawClient();
  RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

  // False if the server broke the connection off.
  bool Send(std::string_view bytes);
  // Sends what the system takes at once: how much that was.
  size_t SendSome(std::string_view bytes);
  RawAnswer Read(bool head_request = false);
  std::string ReadBytes(size_t bytes);
  // All until the end; `end` says how it ended.
  std::string ReadAll(End* end = nullptr);
  void ShutdownSend();
  void Close();
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  bool Fill();

  int fd_ = -1;
  std::string received_;
  End end_ = End::kOpen;
};

// Calls a function for each request; keeps count of problems.
class FunctionHandler : public Handler {
 public:
  using Function = std::function<void(Request, Responder)>;

  explicit FunctionHandler(Function function) : function_(std::move(function)) {}

  void Handle(Request request, Responder responder) override {
    function_(std::move(request), std::move(responder));
  }
  Response Problem(const RequestName&, int status, std::string_view error,
                   std::string_view detail) override {
    Response response{.status = status,
                      .content_type = "text/plain",
                      .body = std::string(error) + ": " + std::string(detail)};
    if (status == 503) response.fields.push_back({"Retry-After", "1"});
    return response;
  }

 private:
  Function function_;
};

// Keeps requests unanswered until a test takes them, on another thread than the loop's.
class HeldRequests {
 public:
  struct Held {
    Request request;
    Responder responder;
  };

  FunctionHandler::Function function() {
    return [this](Request request, Responder responder) {
      const std::lock_guard<std::mutex> lock(mutex_);
      held_.push_back({std::move(request), std::move(responder)});
      some_.notify_all();
    };
  }
  std::optional<Held> Take() {
    std::unique_lock<std::mutex> lock(mutex_);
    if (!some_.wait_for(lock, kPatience, [this] { return !held_.empty(); })) return std::nullopt;
    std::optional<Held> held(std::move(held_.front()));
    held_.pop_front();
    return held;
  }

 private:
  std::mutex mutex_;
  std::condition_variable some_;
  std::deque<Held> held_;
};

// "METHOD target body".
void Echo(Request request, Responder responder);

ServerOptions TestOptions();  // any free port of 127.0.0.1

class TestServer {
 public:
  explicit TestServer(FunctionHandler::Function function,
                      const ServerOptions& options = TestOptions());

  Server* operator->() { return server_.get(); }
  [[nodiscard]] RawClient Connect() const { return RawClient(server_->port()); }
  [[nodiscard]] ServerCounters counters() const { return server_->counters(); }
  void Destroy() { server_.reset(); }

 private:
  FunctionHandler handler_;
  std::unique_ptr<Server> server_;
};

inline std::string GetBytes(std::string_view target = "/", std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) +
         "\r\n";
}

inline std::string PostBytes(std::string_view body, std::string_view fields = "") {
  return "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + std::string(fields) + "\r\n" + std::string(body);
}

}  // namespace oncelog::net
