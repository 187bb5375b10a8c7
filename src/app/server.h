// Server: oncelog's server put together: the engine over its data directory, the API over it, and
// HTTP in front. Built in that order and stopped in reverse.
//
//   Result<std::unique_ptr<Server>> server = Server::Start(settings, version, logger);
//   ...(*server)->url()...
//   Status s = (*server)->Stop();       // drains; after it, every answered event is on disk
//
// Threads: Start and Stop from one thread. Ownership: owns all parts; the logger stays the
// caller's and must outlive it.
// Errors: those of the engine and of listening, each with what to do about it; kInvalid for an
// address that needs --allow-anonymous.
#pragma once

#include <memory>
#include <string>

#include "api/api.h"
#include "app/config/settings.h"
#include "base/result.h"
#include "ingest/engine.h"
#include "net/server.h"

namespace spdlog {
class logger;
}

namespace oncelog::app {

class Server {
 public:
  static Result<std::unique_ptr<Server>> Start(const Settings& settings, std::string_view version,
                                               spdlog::logger& logger);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] HostPort address() const;  // with the real port
  [[nodiscard]] const ingest::OpenReport& opened() const { return engine_->opened(); }

  // Idempotent. No new requests, running ones get the grace period, then the store is closed.
  Status Stop();

 private:
  Server(const Settings& settings, spdlog::logger& logger);
  Status Open(std::string_view version);

  const Settings settings_;
  spdlog::logger& logger_;
  bool stopped_ = false;
  std::unique_ptr<ingest::Engine> engine_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<net::Server> http_;
};

// Refuses an address that other machines can reach, unless that was asked for: there is no
// authentication yet.
Status CheckExposure(const Settings& settings);

// The threads that speak HTTP: as set, or half of the cores.
int IoThreads(const Settings& settings, unsigned cores);

}  // namespace oncelog::app
