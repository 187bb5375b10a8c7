// What the connections of a server share: ServerContext once, LoopContext once per I/O thread.
//
// Threads: ServerContext from any (what changes is atomic). LoopContext belongs to its loop's
// thread, but for the loop's own calls and the tallies, which may be read from any.
// Ownership: a connection keeps its LoopContext, that one its ServerContext; so a Responder that
// outlives the server finds a closed connection, never a dangling one. The handler is not owned
// and not called once the server has stopped.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/body_memory.h"
#include "net/host.h"
#include "net/loop.h"
#include "net/request_id.h"
#include "net/request_parser.h"
#include "net/response_writer.h"
#include "net/server.h"

namespace oncelog::net {

// Counts on one thread, is read on any.
class Tally {
 public:
  void Add() { value_.store(get() + 1, std::memory_order_relaxed); }
  [[nodiscard]] uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// The Date field's value, made anew at most once per tick.
class DateCache {
 public:
  std::string_view Get(Loop::Clock::time_point tick) {
    if (tick != made_ || text_.empty()) {
      made_ = tick;
      text_ = FormatHttpDate(std::time(nullptr));
    }
    return text_;
  }

 private:
  Loop::Clock::time_point made_;
  std::string text_;
};

struct ServerContext {
  ServerContext(const ServerOptions& o, bool loopback, Handler& h)
      : options(o),
        limits{.head = {.bytes_max = o.header_bytes_max}, .body_bytes_max = o.body_bytes_max},
        handler(h),
        hosts(loopback, o.allowed_hosts),
        bodies(o.body_memory_max),
        answers(o.body_memory_max) {}

  const ServerOptions options;
  const RequestLimits limits;
  Handler& handler;
  const HostPolicy hosts;
  BodyMemory bodies;   // of requests, until they are answered
  BodyMemory answers;  // until they are written; apart, so that slow readers stop no publisher
  std::atomic<size_t> connections_open{0};
};

struct LoopContext {
  LoopContext(std::shared_ptr<ServerContext> s, int n, std::chrono::milliseconds tick)
      : server(std::move(s)), number(n), loop(tick), read_buffer(kReadBytes) {}

  static constexpr size_t kReadBytes = size_t{64} << 10;

  const std::shared_ptr<ServerContext> server;
  const int number;
  Loop loop;
  std::vector<char> read_buffer;  // of whichever connection is reading; not kept between reads
  RequestIdMaker request_ids;
  DateCache date;
  Tally connections;
  Tally requests;
  Tally refused;
  Tally accept_failures;
};

}  // namespace oncelog::net
