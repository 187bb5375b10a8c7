#include "app/commands/stats.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "app/output/numbers.h"
#include "app/output/table.h"

namespace oncelog::app {
namespace {

constexpr size_t kTopicsShownMax = 10;

std::string Uptime(double seconds) {
  const auto whole = static_cast<uint64_t>(std::max(seconds, 0.0));
  const std::string s = std::to_string(whole % 60) + " s";
  if (whole < 60) return s;
  const std::string min = std::to_string(whole / 60 % 60) + " min ";
  return whole < 3600 ? min + s : Grouped(whole / 3600) + " h " + min + s;
}

std::string Microseconds(double us) {
  return Grouped(static_cast<uint64_t>(std::llround(std::max(us, 0.0)))) + " µs";
}

void PrintFigures(const Json& stats, Console& console) {
  const Json& store = stats["store"];
  Table table({{""}, {"", Align::kRight}, {""}});
  const auto count = [&](const char* label, const char* member, const char* remark) {
    table.Add({label, Grouped(stats.Count(member)), remark});
  };
  table.Add({"status", stats.Text("status"), ""});
  table.Add({"uptime", Uptime(stats["uptime_seconds"].number()), ""});
  count("received", "received", "submissions with a durable verdict");
  count("  stored", "unique_processed", "events, each once");
  count("  dropped", "duplicate_dropped", "duplicates and conflicts");
  count("    conflicts", "conflicts", "same id, other content");
  count("invalid", "invalid", "since start, not part of received");
  count("topics", "total_topics", "");
  count("queue", "queue_length", "submissions waiting to become durable");
  table.Add({"on disk", MiB(store.Count("bytes_on_disk")), ""});
  table.Add({"sync, median", Microseconds(store["sync_p50_us"].number()), "write + fdatasync"});
  table.Add({"sync, 99 %", Microseconds(store["sync_p99_us"].number()), ""});
  table.Print(console.out, console.colours());
}

void PrintLargestTopics(const Json& stats, Console& console) {
  const Json::Members& topics = stats["events_per_topic"].members();
  if (topics.empty()) return;
  Table table({{"topic"}, {"events", Align::kRight}});
  for (size_t i = 0; i < std::min(topics.size(), kTopicsShownMax); ++i) {
    table.Add({topics[i].first, Grouped(topics[i].second.count())});
  }
  console.out << "\n";
  table.Print(console.out, console.colours());
  const uint64_t all = stats.Count("total_topics");
  if (all > kTopicsShownMax) {
    console.out << "and " << Plural(all - kTopicsShownMax, "smaller topic")
                << " (`oncelog topics`)\n";
  }
}

}  // namespace

void StatsCommand::Declare(CLI::App& app) {
  url_.Declare(app);
  app.add_flag("--json", json_, "print the server's answer as it is");
  app.footer(
      "Examples:\n"
      "  oncelog stats\n"
      "  oncelog stats --json | jq .received");
}

int StatsCommand::Run(Console& console) {
  Result<Connection> server = url_.Connect(console);
  if (!server.ok()) return console.FailUsage(server.error().message());
  const Result<std::string> body = server->Get("/stats");
  if (!body.ok()) return console.Fail(ForTerminal(body.error().message()));
  const Result<Json> stats = Json::Parse(*body);
  if (!stats.ok() || (*stats)["received"].is_null()) return console.Fail(kNotOncelog);
  if (json_) {
    console.out << console.Shown(*body);
    return kExitOk;
  }
  PrintFigures(*stats, console);
  PrintLargestTopics(*stats, console);
  return kExitOk;
}

}  // namespace oncelog::app
