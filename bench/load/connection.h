// Connection: one non-blocking HTTP/1.1 connection that sends publish requests and reads the counts
// out of the answers. As little as will do, because client and server share the cores.
//
//   Connection connection(address, /*minimal=*/true, /*bare=*/false);
//   connection.AddRequest(maker, 1000, now_us);   // may be called again before the answer came
//   connection.Flush();                           // wants_write(): the rest waits for EPOLLOUT
//   connection.Read(now_us, [&](const Answer& answer) { … });
//
// Threads: one at a time. Errors: failure() says why; the connection is then of no more use.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>

#include "bench/load/events.h"

namespace oncelog::load {

struct Answer {
  int status = 0;
  uint64_t events = 0;  // that the request held
  uint64_t accepted = 0;
  uint64_t duplicates = 0;
  uint64_t conflicts = 0;
  uint64_t latency_us = 0;
  std::string_view text;  // the beginning of the body
};

class Connection {
 public:
  Connection(const sockaddr_in& address, bool minimal, bool bare)
      : minimal_(minimal), bare_(bare), socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (socket_ < 0 ||
        connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      Fail(std::string("connect: ") + std::strerror(errno));
      return;
    }
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    in_.resize(kReadBytes);
  }
  ~Connection() {
    if (socket_ >= 0) close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] int socket_number() const { return socket_; }
  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] size_t in_flight() const { return sent_.size(); }
  [[nodiscard]] bool wants_write() const { return out_at_ < out_.size(); }

  bool watched_for_write = false;  // the event loop's note to itself

  // Appends a request of the next `events` events.
  void AddRequest(EventMaker& maker, uint64_t events, uint64_t now_us) {
    if (!wants_write()) {
      out_.clear();
      out_at_ = 0;
    }
    const size_t body_bytes = events * kEventBytes + (bare_ ? 0 : events + 1);
    out_ += "POST /publish HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    if (minimal_) out_ += "Prefer: return=minimal\r\n";
    out_ += "Content-Length: " + std::to_string(body_bytes) + "\r\n\r\n";
    const size_t at = out_.size();
    out_.resize(at + body_bytes);
    char* write = out_.data() + at;
    for (uint64_t i = 0; i < events; ++i) {
      if (!bare_) *write++ = i == 0 ? '[' : ',';
      write = maker.Write(write);
    }
    if (!bare_) *write = ']';
    sent_.push_back({events, now_us});
  }

  // Sends what it can.
  void Flush() {
    while (wants_write()) {
      const ssize_t sent =
          send(socket_, out_.data() + out_at_, out_.size() - out_at_, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) {
        if (errno == EAGAIN || errno == EINTR) return;
        return Fail(std::string("send: ") + std::strerror(errno));
      }
      out_at_ += static_cast<size_t>(sent);
    }
  }

  // Reads what has come, and calls `done` for each answer that is complete.
  template <typename Done>
  void Read(uint64_t now_us, const Done& done) {
    while (failure_.empty()) {
      const ssize_t got = recv(socket_, in_.data() + in_end_, in_.size() - in_end_, MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (got <= 0) return Fail(got == 0 ? "closed by the server" : std::strerror(errno));
      in_end_ += static_cast<size_t>(got);
      const bool full = in_end_ == in_.size();
      Parse(now_us, done);
      if (!full) return;  // level-triggered: more would wake us again
    }
  }

 private:
  struct Sent {
    uint64_t events;
    uint64_t at_us;
  };
  static constexpr size_t kReadBytes = size_t{128} << 10;
  static constexpr size_t kKeptBytes = 512;  // of a body: the counts stand in front of the results

  template <typename Done>
  void Parse(uint64_t now_us, const Done& done) {
    size_t at = 0;
    while (failure_.empty()) {
      const std::string_view rest(in_.data() + at, in_end_ - at);
      if (skip_ > 0) {  // the tail of a body, not looked at
        const size_t some = skip_ < rest.size() ? skip_ : rest.size();
        skip_ -= some;
        at += some;
        if (skip_ > 0) break;
        Finish(now_us, done);
        continue;
      }
      const size_t head_end = rest.find("\r\n\r\n");
      if (head_end == std::string_view::npos) break;
      const size_t body_bytes = ParseHead(rest.substr(0, head_end + 2));
      const size_t kept = body_bytes < kKeptBytes ? body_bytes : kKeptBytes;
      if (rest.size() < head_end + 4 + kept) break;
      ParseBody(rest.substr(head_end + 4, kept));
      at += head_end + 4 + kept;
      skip_ = body_bytes - kept;
      if (skip_ == 0) Finish(now_us, done);
    }
    std::memmove(in_.data(), in_.data() + at, in_end_ - at);
    in_end_ -= at;
    if (in_end_ == in_.size()) Fail("an answer's head is too large");
  }

  // Yields the body's length.
  size_t ParseHead(std::string_view head) {
    answer_ = {};
    if (sent_.empty() || !head.starts_with("HTTP/1.1 ")) Fail("not an answer to a request");
    std::from_chars(head.data() + 9, head.data() + 12, answer_.status);
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
      const size_t at = head.find(name);
      if (at == std::string_view::npos) continue;
      size_t bytes = 0;
      std::from_chars(head.data() + at + name.size(), head.data() + head.size(), bytes);
      return bytes;
    }
    Fail("an answer without Content-Length");
    return 0;
  }

  void ParseBody(std::string_view text) {
    kept_.assign(text);
    answer_.accepted = Count(R"("accepted":)");
    answer_.duplicates = Count(R"("duplicates":)");
    answer_.conflicts = Count(R"("conflicts":)");
  }

  uint64_t Count(std::string_view member) {
    uint64_t count = 0;
    size_t at = kept_.find(member);
    if (at == std::string::npos) return 0;
    at += member.size();
    if (kept_[at] == ' ') ++at;
    std::from_chars(kept_.data() + at, kept_.data() + kept_.size(), count);
    return count;
  }

  template <typename Done>
  void Finish(uint64_t now_us, const Done& done) {
    answer_.events = sent_.front().events;
    answer_.latency_us = now_us - sent_.front().at_us;
    answer_.text = kept_;
    sent_.pop_front();
    done(answer_);
  }

  void Fail(std::string why) {
    if (failure_.empty()) failure_ = std::move(why);
  }

  bool minimal_;
  bool bare_;
  int socket_;
  std::string failure_;
  std::string out_;
  size_t out_at_ = 0;
  std::deque<Sent> sent_;
  std::string in_;
  size_t in_end_ = 0;
  size_t skip_ = 0;
  Answer answer_;
  std::string kept_;
};

}  // namespace oncelog::load
