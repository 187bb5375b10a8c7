#include "app/commands/serve.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>

#include "app/commands/version.h"
#include "app/server.h"
#include "app/shutdown_signal.h"
#include "app/start_message.h"

namespace oncelog::app {
namespace {

spdlog::logger MakeLogger(const std::string& level) {
  spdlog::logger logger("oncelog", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger.set_level(spdlog::level::from_str(level));
  logger.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  return logger;
}

}  // namespace

void ServeCommand::Declare(CLI::App& app) {
  flags_.Declare(app);
  app.footer(
      "Every flag can also be set in the environment (--queue-bytes as ONCELOG_QUEUE_BYTES) or in\n"
      "oncelog.toml (queue-bytes = \"64MiB\"); `oncelog config` shows what is in effect.\n"
      "SIGTERM or SIGINT: running requests end, the store is closed, exit code 0.\n"
      "\n"
      "Examples:\n"
      "  oncelog serve\n"
      "  oncelog serve --data /srv/oncelog --listen 127.0.0.1:9000\n"
      "  oncelog serve --listen 0.0.0.0:8080 --allow-anonymous    # open to the network");
}

int ServeCommand::Run(Console& console) {
  const Result<Effective> effective = flags_.Read(console);
  if (!effective.ok()) return console.FailUsage(effective.error().message());
  const Settings& settings = effective->settings;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ,
         SIG_IGN);  // a write beyond a limit of the file size fails like one on a full disk
  ShutdownSignal shutdown;
  spdlog::logger logger = MakeLogger(settings.log_level);
  Result<std::unique_ptr<Server>> server = Server::Start(settings, kVersion, logger);
  if (!server.ok()) {
    const std::string& message = server.error().message();
    return server.error().code() == Code::kInvalid ? console.FailUsage(message)
                                                   : console.Fail(message);
  }
  console.out << StartMessage(kVersion, (*server)->address(), settings.data, (*server)->opened())
              << std::flush;
  const int signal_number = shutdown.Wait();
  logger.info("stopping on {}; another signal, in a second or later, ends it at once",
              signal_number == SIGINT ? "SIGINT" : "SIGTERM");
  const Status stopped = (*server)->Stop();
  if (!stopped.ok()) return console.Fail("stopping: " + stopped.error().message());
  logger.info("stopped; all answered events are on disk");
  return kExitOk;
}

}  // namespace oncelog::app
