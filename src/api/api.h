// Api: oncelog's HTTP API over one engine.
//
//   Api api(*engine, {.version = "0.1.0", .io_loops = 1});
//   auto server = net::Server::Listen(options, api);
//   api.Bind([&](int loop, auto run) { (*server)->Post(loop, std::move(run)); },
//            [&] { return (*server)->counters(); });
//
// It maps targets to endpoints, publishes to the engine's queue, and reads to its own reader
// threads. /publish runs on the request's I/O loop: decode there (large and compressed bodies: on a
// thread for them), submit, and answer there when the frame has settled; nothing on a loop waits.
//
// Threads: Handle on the I/O loops (Request::loop says which), Settled on the engine's threads.
// Between Listen and Bind a request may arrive already: it is answered 503 busy.
// Ownership: the engine outlives it. Stop in this order: BeginStop(), server.Stop() (running
// exchanges end), engine.Stop(), then the Api, the server and the engine may go.
// Errors: every refusal is a problem of error_table.h.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/changes.h"
#include "api/completions.h"
#include "api/cors.h"
#include "api/events.h"
#include "api/metrics.h"
#include "api/publish.h"
#include "api/reply.h"
#include "api/request_log.h"
#include "api/router.h"
#include "api/status.h"
#include "api/topics.h"
#include "api/traffic.h"
#include "api/worker_pool.h"
#include "event/limits.h"
#include "ingest/engine.h"
#include "net/http.h"
#include "net/server.h"

namespace oncelog::api {

struct ApiOptions {
  std::string version = "dev";
  int io_loops = 1;  // Request::loop is less than this
  int reader_threads = 2;
  size_t reader_queue_max = 256;                 // queries that wait for a reader thread
  size_t body_bytes_max = event::kBodyBytesMax;  // after decompression
  std::vector<std::string> cors_origins = {};    // see cors.h
  RequestLogSinks log = {};
};

class Api : public net::Handler {
 public:
  Api(ingest::Engine& engine, const ApiOptions& options);
  ~Api() override;

  using ServerFigures = std::function<net::ServerCounters()>;
  // `figures` may be called until the Api has gone.
  void Bind(Post post, ServerFigures figures = {});

  // Before the server's Stop: bodies that still wait to be decoded are answered 503 busy, as they
  // could take longer than a stop may.
  void BeginStop();

  void Handle(net::Request request, net::Responder responder) override;
  net::Response Problem(const net::RequestName& request, int status, std::string_view error,
                        std::string_view detail) override;

  // Submissions refused as invalid since the start.
  [[nodiscard]] uint64_t invalid_count() const { return invalid_count_; }

 private:
  // Decoded and not submitted yet.
  struct Outgoing {
    Completions::Works works;
    size_t bytes = 0;
  };

  // A request that is answered on another thread.
  struct Job {
    RouteMatch match;
    net::Request request;
    Reply reply;
  };

  void Publish(net::Request& request, Reply reply);
  void DecodeElsewhere(net::Request request, Reply reply);
  void Submit(const net::Request& request, OrProblem<Publisher::Begun> begun, Reply reply);
  void SubmitWhenIdle(size_t loop, size_t seen);
  void SubmitOutgoing(size_t loop);
  static void CompleteWork(ingest::Work& work);
  void Change(RouteMatch match, net::Request request, Reply reply);
  void Read(RouteMatch match, net::Request request, Reply reply);
  [[nodiscard]] net::Response AnswerRead(const RouteMatch& match,
                                         const net::Request& request) const;
  [[nodiscard]] net::Response Metrics(const net::Request& request) const;

  ingest::Engine& engine_;
  std::atomic<bool> bound_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> invalid_count_ = 0;
  Traffic traffic_;
  RequestLog log_;
  const Cors cors_;
  std::vector<std::unique_ptr<Publisher>> publishers_;  // one per I/O loop
  std::vector<Outgoing> outgoing_;                      // of each loop
  Post post_;
  ServerFigures server_figures_;
  Completions completions_;
  const StatusEndpoint status_;
  const MetricsEndpoint metrics_;
  const TopicsEndpoint topics_;
  const std::string openapi_;
  Publisher elsewhere_;  // on the thread of decoding_
  WorkerPool decoding_;
  const ChangesEndpoint changes_;
  WorkerPool changing_;
  WorkerPool reading_;
  const EventsEndpoint events_;
};

}  // namespace oncelog::api
