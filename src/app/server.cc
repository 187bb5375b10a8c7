#include "app/server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

#include "app/config/units.h"
#include "store/fs/file_system.h"

namespace oncelog::app {
namespace {

ingest::EngineOptions ToEngineOptions(const Settings& settings) {
  ingest::EngineOptions options;
  options.queue_bytes_max = settings.queue_bytes;
  options.frame_bytes = settings.frame_bytes;
  options.log_file_bytes_max = settings.log_file_bytes;
  options.merge_bytes_per_second = settings.merge_bytes_per_second;
  options.index.table_entries_max = settings.index_table_entries;
  options.without_index = settings.bench_limit;
  return options;
}

net::ServerOptions ToHttpOptions(const Settings& settings, int io_threads) {
  net::ServerOptions options;
  options.host = settings.listen.host;
  options.port = settings.listen.port;
  options.io_threads = io_threads;
  options.connections_max = settings.connections_max;
  options.body_memory_max = settings.body_memory_bytes;
  options.idle_timeout = settings.idle_timeout;
  options.body_timeout = settings.body_timeout;
  options.allowed_hosts = settings.allowed_hosts;
  return options;
}

// What to do about an error of opening, for the codes whose message does not say so itself.
Error Explain(const Error& error, const Settings& settings) {
  const auto with = [&](std::string_view hint) {
    return Error(error.code(), error.message() + ": " + std::string(hint));
  };
  switch (error.code()) {
    case Code::kTooNew:
      return with("start the newer version that wrote it, or use another --data directory");
    case Code::kDamaged: return with("see docs/operations.md, \"Damaged\"");
    case Code::kDiskFull: return with("make space on its disk and start again");
    case Code::kNotFound:
    case Code::kIo:
      return with("--data " + settings.data + " must be a directory that this user may write to");
    default: return error;
  }
}

}  // namespace

Status CheckExposure(const Settings& settings) {
  if (settings.listen.IsLoopback() || settings.allow_anonymous) return OkStatus();
  return Error(Code::kInvalid,
               "listen: " + settings.listen.ToString() +
                   " can be reached by other machines and there is no authentication yet: listen "
                   "on 127.0.0.1, or add --allow-anonymous to let anyone publish and read");
}

int IoThreads(const Settings& settings, unsigned cores) {
  if (settings.io_threads > 0) return static_cast<int>(settings.io_threads);
  return static_cast<int>(std::clamp(cores / 2, 1U, 64U));
}

Server::Server(const Settings& settings, spdlog::logger& logger)
    : settings_(settings), logger_(logger) {}

Server::~Server() {
  if (const Status s = Stop(); !s.ok()) logger_.error("stopping: {}", s.error().message());
}

Result<std::unique_ptr<Server>> Server::Start(const Settings& settings, std::string_view version,
                                              spdlog::logger& logger) {
  if (Status s = CheckExposure(settings); !s.ok()) return s.error();
  if (settings.bench_limit) {
    logger.warn("bench-limit is on: every event is called new, nothing is deduplicated");
  }
  std::unique_ptr<Server> server(new Server(settings, logger));
  if (Status s = server->Open(version); !s.ok()) return s.error();
  return server;
}

Status Server::Open(std::string_view version) {
  ingest::EngineOptions options = ToEngineOptions(settings_);
  options.alarm = [this](const std::string& message) { logger_.error(message); };
  Result<std::unique_ptr<ingest::Engine>> engine =
      ingest::Engine::Open(store::PosixFileSystem(), settings_.data, options);
  if (!engine.ok()) return Explain(engine.error(), settings_);
  engine_ = engine.Take();

  const int io_threads = IoThreads(settings_, std::thread::hardware_concurrency());
  api_ = std::make_unique<api::Api>(
      *engine_, api::ApiOptions{.version = std::string(version), .io_loops = io_threads});
  Result<std::unique_ptr<net::Server>> http =
      net::Server::Listen(ToHttpOptions(settings_, io_threads), *api_);
  if (!http.ok()) return http.error();
  http_ = http.Take();
  api_->Bind([this](int loop, std::function<void()> run) { http_->Post(loop, std::move(run)); });
  logger_.info("listening on {} with {} I/O thread(s), data in {}", address().ToString(),
               io_threads, settings_.data);
  return OkStatus();
}

HostPort Server::address() const { return {settings_.listen.host, http_->port()}; }

Status Server::Stop() {
  if (stopped_) return OkStatus();
  stopped_ = true;
  if (http_) http_->Stop(settings_.shutdown_grace);
  Status closed = engine_ ? engine_->Stop() : OkStatus();
  http_.reset();
  api_.reset();
  engine_.reset();
  return closed;
}

}  // namespace oncelog::app
