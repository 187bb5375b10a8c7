#include "app/server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

#include "app/test_parts.h"
#include "base/units.h"
#include "store/fs/file_system.h"

namespace oncelog::app {
namespace {

ingest::EngineOptions ToEngineOptions(const Settings& settings) {
  ingest::EngineOptions options;
  options.queue_bytes_max = settings.queue_bytes;
  options.frame_bytes = settings.frame_bytes;
  options.log_file_bytes_max = settings.log_file_bytes;
  options.merge_bytes_per_second = settings.merge_bytes_per_second;
  options.sealing.bytes_per_second = settings.seal_bytes_per_second;
  options.sealing.group_bytes_max = settings.log_file_bytes;
  options.sealing.backlog_bytes_max = settings.seal_backlog_bytes;
  options.sealing.erase_within = settings.erase_within;
  options.block_cache_bytes = settings.cache_bytes;
  options.index.table_entries_max = settings.index_table_entries;
  options.without_index = settings.bench_limit;
  if (settings.test_parts > 0) UseTestParts(settings.test_parts, &options);
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

api::RequestLogSinks RequestLogOf(spdlog::logger& logger) {
  api::RequestLogSinks sinks{.failures = [&](const std::string& line) { logger.warn(line); }};
  if (logger.should_log(spdlog::level::debug)) {
    sinks.all = [&](const std::string& line) { logger.debug(line); };
  }
  return sinks;
}

// What to do about an error of opening, for the codes whose message does not say so itself.
Error Explain(const Error& error, const Settings& settings) {
  const auto with = [&](std::string_view hint) {
    return Error(error.code(), error.message() + ": " + std::string(hint));
  };
  switch (error.code()) {
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
  // A busy port is to be found out before a data directory is made, or a large one read.
  if (Status s = net::CheckListen(settings_.listen.host, settings_.listen.port); !s.ok()) return s;
  ingest::EngineOptions options = ToEngineOptions(settings_);
  options.alarm = [this](const std::string& message) { logger_.error(message); };
  Result<std::unique_ptr<ingest::Engine>> engine =
      ingest::Engine::Open(store::PosixFileSystem(), settings_.data, options);
  if (!engine.ok()) return Explain(engine.error(), settings_);
  engine_ = engine.Take();
  if (const std::string& mended = engine_->opened().mended; !mended.empty()) {
    logger_.warn(
        "one of STORE and STORE.bak was lost or damaged and is made anew from the other: {}",
        mended);
  }

  const int io_threads = IoThreads(settings_, std::thread::hardware_concurrency());
  api_ =
      std::make_unique<api::Api>(*engine_, api::ApiOptions{.version = std::string(version),
                                                           .io_loops = io_threads,
                                                           .cors_origins = settings_.cors_origins,
                                                           .log = RequestLogOf(logger_)});
  net::ServerOptions http_options = ToHttpOptions(settings_, io_threads);
  http_options.alarm = options.alarm;
  Result<std::unique_ptr<net::Server>> http = net::Server::Listen(http_options, *api_);
  if (!http.ok()) return http.error();
  http_ = http.Take();
  api_->Bind([this](int loop, std::function<void()> run) { http_->Post(loop, std::move(run)); },
             [this] { return http_->counters(); });
  logger_.info("listening on {} with {} I/O thread(s), data in {}", address().ToString(),
               io_threads, settings_.data);
  return OkStatus();
}

HostPort Server::address() const { return {settings_.listen.host, http_->port()}; }

Status Server::Stop() {
  if (stopped_) return OkStatus();
  stopped_ = true;
  if (api_) api_->BeginStop();
  if (http_) http_->Stop(settings_.shutdown_grace);
  Status closed = engine_ ? engine_->Stop() : OkStatus();
  api_.reset();  // joins the queries that may still look at the server's figures
  http_.reset();
  engine_.reset();
  return closed;
}

}  // namespace oncelog::app
