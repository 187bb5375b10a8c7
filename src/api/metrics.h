// MetricsEndpoint: GET /metrics, in the Prometheus text format. All figures are kept by the engine,
// the server and Traffic anyway; they are read when somebody asks. docs/operations.md lists them.
//
//   net::Response answer = metrics.Answer(request, server.counters(), waiting);
//
// Threads: any that may read files (/proc), several at once. Ownership: engine, traffic and counter
// outlive it. Units: seconds and bytes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "api/traffic.h"
#include "ingest/engine.h"
#include "metrics/exposition.h"
#include "net/http.h"
#include "net/server.h"

namespace oncelog::api {

// Requests that wait for a thread.
struct WaitingJobs {
  size_t decoding = 0;
  size_t reading = 0;
  size_t changing = 0;
};

class MetricsEndpoint {
 public:
  // The uptime counts from here.
  MetricsEndpoint(ingest::Engine& engine, const Traffic& traffic,
                  const std::atomic<uint64_t>* invalid_count, std::string version);

  // `server`: none while it is starting.
  [[nodiscard]] net::Response Answer(const net::Request& request,
                                     const std::optional<net::ServerCounters>& server,
                                     const WaitingJobs& waiting) const;

 private:
  void AddHttp(metrics::Exposition* to) const;
  void AddPublish(metrics::Exposition* to) const;
  void AddStore(metrics::Exposition* to) const;
  void AddServer(metrics::Exposition* to) const;

  ingest::Engine& engine_;
  const Traffic& traffic_;
  const std::atomic<uint64_t>* invalid_count_;
  const std::string version_;
  const std::chrono::steady_clock::time_point started_;
};

}  // namespace oncelog::api
