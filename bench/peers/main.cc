// peers: puts the benchmark's workload on what one would use instead of oncelog.
//
//   peers redis --at /tmp/redis.sock --events 1000000 --server-pid 123
//   peers nats --at 127.0.0.1:4222 --single --connections 64
//   peers postgres --at "host=/tmp/pg dbname=postgres user=postgres"
//
// Driver, workload, checks and report are those of `oncelog bench`; bench/servers.py starts the
// servers. Prints one JSON object; exits with 1 if a verdict is not as it must be.

#include <CLI/CLI.hpp>
#include <iostream>
#include <random>

#include "app/bench/report.h"
#include "bench/peers/nats_load.h"
#include "bench/peers/postgres_load.h"
#include "bench/peers/redis_load.h"

namespace oncelog::app::bench {
namespace {

Connector ConnectorTo(const std::string& peer, const std::string& at, const LoadOptions& options) {
  if (peer == "redis") return RedisLoad::To(at);
  if (peer == "postgres") return PostgresLoad::To(at, options.single);
  const size_t colon = at.rfind(':');
  return NatsLoad::To(
      {at.substr(0, colon), static_cast<uint16_t>(std::stoul(at.substr(colon + 1)))});
}

int Run(int argc, char** argv) {
  CLI::App app("Puts the benchmark's workload on a peer.");
  std::string peer, at;
  LoadOptions options;
  int64_t seconds_max = options.time_max.count();
  app.add_option("peer", peer)->required()->check(CLI::IsMember({"redis", "nats", "postgres"}));
  app.add_option("--at", at, "a socket, HOST:PORT or connection string")->required();
  app.add_option("--events", options.events, "submissions");
  app.add_option("--batch", options.batch, "events in one request");
  app.add_option("--connections", options.connections);
  app.add_option("--depth", options.depth, "requests in flight on a connection");
  app.add_flag("--single", options.single, "one event in each request, one request in flight");
  app.add_option("--duplicates", options.workload.duplicates, "their share");
  app.add_option("--recent", options.workload.recent, "they repeat one of so many newest");
  app.add_option("--seed", options.workload.seed);
  app.add_option("--max-time", seconds_max, "seconds; no new requests after that");
  app.add_option("--server-pid", options.server_pid);
  CLI11_PARSE(app, argc, argv);
  if (options.single) options.depth = 1;
  options.time_max = std::chrono::seconds(seconds_max);
  options.workload.run = std::random_device{}();

  Driver driver(ConnectorTo(peer, at, options), options);
  const LoadTotals totals = driver.Run();
  const std::string wrong = driver.Judge(totals);
  std::cout << ReportJson(options, totals, wrong);
  return wrong.empty() ? 0 : 1;
}

}  // namespace
}  // namespace oncelog::app::bench

int main(int argc, char** argv) { return oncelog::app::bench::Run(argc, argv); }
