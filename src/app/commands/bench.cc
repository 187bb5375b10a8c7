#include "app/commands/bench.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <random>

#include "app/bench/http_load.h"
#include "app/bench/report.h"
#include "app/output/numbers.h"
#include "app/output/table.h"
#include "base/units.h"

namespace oncelog::app {
namespace {

constexpr uint64_t kEventsMax = 10'000'000'000;

bool IsOurs(const Json& topic) { return topic.text().starts_with(bench::kTopicPrefix); }

}  // namespace

void BenchCommand::Declare(CLI::App& app) {
  url_.Declare(app);
  const auto number = [&app](const char* flag, auto& to, auto min, auto max, const char* help) {
    return app.add_option(flag, to, help)
        ->type_name("N")
        ->check(CLI::Range(min, max).description(""));
  };
  number("--events", given_.events, uint64_t{1}, kEventsMax, "submissions (default 1000000)");
  number("--batch", given_.batch, uint64_t{1}, uint64_t{10'000},
         "events in one request (default 1000)");
  app.add_flag("--single", given_.single, "one bare event in each request, none of them pipelined");
  number("--connections", connections_, 1, 4096, "connections (default 4; 64 with --single)");
  app.add_flag("--minimal", given_.minimal,
               "ask for short answers (Prefer: return=minimal), as `oncelog publish` does");
  app.add_option("--duplicates", given_.workload.duplicates,
                 "share of submissions that repeat an earlier event (default 0.2)")
      ->type_name("SHARE")
      ->check(CLI::Range(0.0, 1.0).description(""));
  app.add_option("--seed", given_.workload.seed,
                 "which events are repeated when (default 1); the ids are new in each run")
      ->type_name("N");
  app.add_option("--max-time", time_max_, "begin no request after that (default 5min)")
      ->type_name("TIME");
  number("--server-pid", given_.server_pid, 1, INT32_MAX,
         "the server's process on this machine: its CPU time and memory are shown, too");
  app.add_flag("--yes", yes_, "also if the server holds events that are not from a benchmark");
  app.add_flag("--json", json_, "print one JSON object");
  // For those who develop oncelog; not in --help.
  number("--depth", depth_, uint64_t{1}, uint64_t{1000}, "")->group("");
  number("--recent", given_.workload.recent, uint64_t{0}, kEventsMax, "")->group("");
  number("--topics", given_.workload.topics, uint32_t{1}, bench::kTopicsMax, "")->group("");
  number("--run", given_.workload.run, uint64_t{1}, UINT64_MAX, "")->group("");
  number("--known", given_.workload.known, uint64_t{0}, kEventsMax, "")->group("");
  app.add_flag("--lookups", given_.lookups, "")->group("");
  app.add_flag("--without-index", given_.without_index, "")->group("");
  app.footer(
      "It STORES its events in the server, for good: about 350 bytes each, in the topics\n"
      "bench.00 to bench.99. Use a server of its own. One that holds other events is refused,\n"
      "unless you say --yes.\n"
      "The events have 214 bytes; each run makes new ids, so it can be repeated. Every verdict is\n"
      "checked: exits with 1 if one is not as it must be.\n"
      "\n"
      "Examples:\n"
      "  oncelog serve --data /tmp/bench --listen 127.0.0.1:9000 &\n"
      "  oncelog bench --url http://127.0.0.1:9000 --minimal --server-pid $!\n"
      "  oncelog bench --url http://127.0.0.1:9000 --single --events 100000 --json");
}

Result<bench::LoadOptions> BenchCommand::Options() const {
  bench::LoadOptions options = given_;
  const auto time_max = ParseMilliseconds(time_max_);
  if (!time_max) {
    return Error(Code::kInvalid, "--max-time: \"" + time_max_ + "\" is no time, such as 30s");
  }
  if (options.server_pid != 0 && !bench::ReadProcess(options.server_pid)) {
    return Error(Code::kInvalid, "--server-pid: there is no process " +
                                     std::to_string(options.server_pid) + " on this machine");
  }
  options.time_max = *time_max;
  if (options.lookups) {  // of what --known and --run say is there
    options.single = true;
    options.workload.duplicates = 1;
  }
  options.connections = connections_ != 0 ? connections_ : options.single ? 64 : 4;
  options.depth = depth_ != 0 ? depth_ : options.single ? 1 : 2;
  if (options.workload.run == 0) {
    std::random_device random;
    options.workload.run = uint64_t{random()} << 32 | random();
  }
  return options;
}

Status BenchCommand::AskServer(Connection& server) const {
  const Result<Json> stats = server.GetJson("/stats");
  if (!stats.ok()) return stats.error();
  if ((*stats)["total_events"].is_null()) {
    return Error(Code::kInvalid, kNotOncelog);
  }
  const Json::Items& topics = (*stats)["topics"].items();
  const bool ours = topics.size() == stats->Count("total_topics") &&
                    std::all_of(topics.begin(), topics.end(), IsOurs);
  if (ours || yes_) return OkStatus();
  return Error(Code::kInvalid, "the server at " + server.at().ToString() + " holds " +
                                   Plural(stats->Count("total_events"), "event") +
                                   " that a benchmark would be mixed with for good; use another "
                                   "server, or say --yes");
}

int BenchCommand::Run(Console& console) {
  const Result<bench::LoadOptions> options = Options();
  if (!options.ok()) return console.FailUsage(options.error().message());
  Result<Connection> server = url_.Connect(console);
  if (!server.ok()) return console.FailUsage(server.error().message());
  if (const Status asked = AskServer(*server); !asked.ok()) {
    return console.Fail(ForTerminal(asked.error().message()));
  }
  console.err << "oncelog: storing " << Plural(options->events, "submission") << " for good in "
              << server->at().ToString() << std::endl;
  bench::Driver driver(bench::HttpLoad::To(server->at(), *options), *options);
  const bench::LoadTotals totals = driver.Run();
  const std::string wrong = driver.Judge(totals);
  if (json_) {
    console.out << bench::ReportJson(*options, totals, wrong);
  } else {
    bench::PrintReport(*options, totals, console);
  }
  if (!wrong.empty()) return console.Fail(ForTerminal(wrong));
  return kExitOk;
}

}  // namespace oncelog::app
