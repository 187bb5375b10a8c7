// Api: oncelog's HTTP API over one engine (spec.md, "HTTP API").
//
//   Api api(*engine, {.version = "0.1.0", .io_loops = 1});
//   auto server = net::Server::Listen(options, api);
//   api.Bind([&](int loop, auto run) { (*server)->Post(loop, std::move(run)); });
//
// It maps targets to endpoints, publishes to the engine's queue, and reads to its own reader
// threads. /publish runs on the request's I/O loop: decode there, submit, and answer there when
// the frame has settled; nothing on a loop waits.
//
// Threads: Handle on the I/O loops (Request::loop says which), Settled on the engine's threads.
// Between Listen and Bind a request may arrive already: it is answered 503 busy.
// Ownership: the engine outlives it. Stop in this order: server.Stop() (running exchanges end),
// engine.Stop(), then the server, the Api and the engine may go.
// Errors: every refusal is a problem of error_table.h.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/completions.h"
#include "api/events.h"
#include "api/publish.h"
#include "api/reader_pool.h"
#include "api/router.h"
#include "api/status.h"
#include "api/topics.h"
#include "event/limits.h"
#include "ingest/engine.h"
#include "net/http.h"

namespace oncelog::api {

struct ApiOptions {
  std::string version = "dev";
  int io_loops = 1;  // Request::loop is less than this
  int reader_threads = 2;
  size_t reader_queue_max = 256;                 // queries that wait for a reader thread
  size_t body_bytes_max = event::kBodyBytesMax;  // after decompression
};

class Api : public net::Handler {
 public:
  Api(ingest::Engine& engine, const ApiOptions& options);
  ~Api() override;

  void Bind(Post post);

  void Handle(net::Request request, net::Responder responder) override;
  net::Response Problem(int status, std::string_view error, std::string_view detail) override;

  // Submissions refused as invalid since the start.
  [[nodiscard]] uint64_t invalid_count() const { return invalid_count_; }

 private:
  void Publish(net::Request& request, net::Responder responder);
  void SubmitOutgoing(size_t loop);
  void Read(RouteMatch match, net::Request request, net::Responder responder);
  [[nodiscard]] net::Response AnswerRead(const RouteMatch& match,
                                         const net::Request& request) const;

  ingest::Engine& engine_;
  std::atomic<bool> bound_ = false;
  std::atomic<uint64_t> invalid_count_ = 0;
  std::vector<std::unique_ptr<Publisher>> publishers_;  // one per I/O loop
  std::vector<Completions::Works> outgoing_;            // decoded in this round of each loop
  Post post_;
  Completions completions_;
  const StatusEndpoint status_;
  const TopicsEndpoint topics_;
  ReaderPool pool_;
  const EventsEndpoint events_;
};

}  // namespace oncelog::api
