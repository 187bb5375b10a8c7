// StatusEndpoint: how the server is: GET /stats, /health, /livez, /readyz and the summary at /.
//
//   net::Response answer = status.Stats(request);
//
// In /stats `received` = `unique_processed` + `duplicate_dropped` always: all three come from one
// snapshot of the store's totals. `invalid` counts since the start.
// Threads: Stats and Summary on any thread that may read the disk; the others anywhere.
// Ownership: the engine and the counter outlive it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/engine.h"
#include "net/http.h"

namespace oncelog::api {

// "ok", "read_only" or "disk_full".
std::string_view HealthName(ingest::Health health);

// The paths without parameters refuse any.
std::optional<net::Response> RefuseParameters(const net::Request& request);

class StatusEndpoint {
 public:
  // The uptime counts from here.
  StatusEndpoint(ingest::Engine& engine, std::string version,
                 const std::atomic<uint64_t>* invalid_count);

  [[nodiscard]] net::Response Stats(const net::Request& request) const;
  [[nodiscard]] net::Response Summary(const net::Request& request) const;
  [[nodiscard]] net::Response Health(const net::Request& request) const;
  [[nodiscard]] net::Response Live(const net::Request& request) const;
  [[nodiscard]] net::Response Ready(const net::Request& request) const;

 private:
  [[nodiscard]] double UptimeSeconds() const;

  ingest::Engine& engine_;
  const std::string version_;
  const std::atomic<uint64_t>* invalid_count_;
  const std::chrono::steady_clock::time_point started_;
};

}  // namespace oncelog::api
