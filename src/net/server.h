// Server: a lean HTTP/1.1 server on Boost Beast. One io_context per I/O thread, no strands.
//
//   Result<std::unique_ptr<Server>> server = Server::Listen(options, handler);
//   ...
//   (*server)->Stop(deadline);   // stops accepting, lets running exchanges end, then joins
//
// Threads: Listen and Stop from one thread; Post from any. Ownership: `handler` must outlive the
// server. Errors: kInvalid (address), kIo (port busy: the message says so and what to do).
// Hygiene (each refused with 4xx and closed): see docs/http.md. Limits: see ServerOptions.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace oncelog::net {

struct ServerOptions {
  std::string host = "127.0.0.1";  // an address, or "localhost", or [::1]
  uint16_t port = 8080;            // 0: the system chooses (see Server::port)
  int io_threads = 1;
  size_t header_bytes_max = size_t{64} << 10;
  size_t body_bytes_max = size_t{32} << 20;
  size_t connections_max = 4096;
  size_t body_memory_max = size_t{256} << 20;        // of request bodies; as much again of answers
  std::chrono::milliseconds idle_timeout{75'000};    // between requests
  std::chrono::milliseconds header_timeout{10'000};  // from the first byte to the end of the head
  std::chrono::milliseconds body_timeout{10'000};    // plus one second per body_rate_min bytes
  size_t body_rate_min = size_t{64} << 10;  // bytes a second a client must manage to send or read
  // While bound to loopback: Host values besides localhost, 127.0.0.0/8, [::1] that are taken;
  // others get 421. "*" takes all. Not checked when bound elsewhere.
  std::vector<std::string> allowed_hosts;
  // Told what an operator should know, rarely; on a loop's thread, so it must not wait.
  std::function<void(const std::string& message)> alarm = {};
};

struct ServerCounters {
  uint64_t connections_open = 0;
  uint64_t connections_total = 0;
  uint64_t requests_total = 0;
  uint64_t refused_total = 0;          // answered by the server itself
  uint64_t accept_failures_total = 0;  // tries to take a connection; each waits for a tick
  uint64_t body_bytes_held = 0;
};

// Whether a server could listen there now; the error is that of Listen.
Status CheckListen(const std::string& host, uint16_t port);

class Server {
 public:
  static Result<std::unique_ptr<Server>> Listen(const ServerOptions& options, Handler& handler);
  virtual ~Server() = default;

  [[nodiscard]] virtual uint16_t port() const = 0;
  [[nodiscard]] virtual ServerCounters counters() const = 0;
  // Runs `work` on the loop with that number (Request::loop), soon.
  virtual void Post(int loop, std::function<void()> work) = 0;
  // Graceful: no new connections or requests; running exchanges get `grace` to be answered.
  virtual void Stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace oncelog::net
