#include "app/bench/report.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "api/json_writer.h"
#include "app/output/numbers.h"
#include "app/output/table.h"

namespace oncelog::app::bench {
namespace {

std::string Fixed(double number, int digits) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(digits) << number;
  return text.str();
}

std::string Hex(uint64_t number) {
  std::ostringstream text;
  text << std::hex << std::setw(16) << std::setfill('0') << number;
  return text.str();
}

double PerMillion(double seconds, uint64_t events) {
  return events == 0 ? 0 : seconds * 1e6 / static_cast<double>(events);
}

double EventsPerSecond(const LoadTotals& totals) {
  return totals.seconds > 0 ? static_cast<double>(totals.events) / totals.seconds : 0;
}

std::string Milliseconds(uint64_t micros) {
  return Fixed(static_cast<double>(micros) / 1000, 2) + " ms";
}

// What the server spent per million events; zero before and after if its process is not known.
struct ServerCost {
  double cpu = 0;
  double system = 0;
};

ServerCost CostOf(const LoadTotals& totals) {
  const ProcessFigures before = totals.server_before.value_or(ProcessFigures{});
  const ProcessFigures after = totals.server_after.value_or(before);
  return {PerMillion(after.cpu_seconds - before.cpu_seconds, totals.events),
          PerMillion(after.system_seconds - before.system_seconds, totals.events)};
}

}  // namespace

void PrintReport(const LoadOptions& options, const LoadTotals& totals, Console& console) {
  Table table({{""}, {"", Align::kRight}, {""}});
  const auto events_per_second = static_cast<uint64_t>(EventsPerSecond(totals));
  table.Add({"events", Grouped(totals.events),
             "in " + Plural(totals.requests, "request") + ", " + Fixed(totals.seconds, 2) + " s"});
  table.Add({"rate", Grouped(events_per_second), "events/s"});
  table.Add({"latency, median", Milliseconds(totals.latency.Percentile(0.5)), "of a request"});
  table.Add({"latency, 99 %", Milliseconds(totals.latency.Percentile(0.99)), ""});
  table.Add({"latency, longest", Milliseconds(totals.latency.max()), ""});
  table.Add({"accepted", Grouped(totals.accepted), ""});
  table.Add({"duplicates", Grouped(totals.duplicates), ""});
  table.Add({"conflicts", Grouped(totals.conflicts), ""});
  table.Add({"client CPU", Fixed(PerMillion(totals.client_cpu, totals.events), 2),
             "seconds per million events"});
  if (totals.server_after) {
    const ServerCost cost = CostOf(totals);
    table.Add({"server CPU", Fixed(cost.cpu, 2),
               "seconds per million events, " + Fixed(cost.system, 2) + " of them in the system"});
    table.Add({"server memory", MiB(totals.server_after->resident_bytes),
               "resident, " + MiB(totals.server_after->anonymous_bytes) + " of it anonymous"});
  }
  table.Print(console.out, console.colours());
  console.out << "run " << Hex(options.workload.run) << ", seed " << options.workload.seed << "\n";
}

std::string ReportJson(const LoadOptions& options, const LoadTotals& totals,
                       const std::string& wrong) {
  std::string line;
  api::JsonWriter json(&line);
  const auto decimal = [&json](std::string_view name, double number, int digits) {
    json.Key(name);
    json.Decimal(number, digits);
  };
  json.Open('{');
  json.Key("ok");
  json.Bool(wrong.empty());
  if (!wrong.empty()) json.Member("error", wrong);
  json.Member("run", Hex(options.workload.run));
  json.Member("seed", options.workload.seed);
  json.Member("events", totals.events);
  json.Member("requests", totals.requests);
  decimal("seconds", totals.seconds, 3);
  decimal("events_per_second", EventsPerSecond(totals), 0);
  json.Member("latency_p50_us", totals.latency.Percentile(0.5));
  json.Member("latency_p99_us", totals.latency.Percentile(0.99));
  json.Member("latency_max_us", totals.latency.max());
  json.Member("accepted", totals.accepted);
  json.Member("duplicates", totals.duplicates);
  json.Member("conflicts", totals.conflicts);
  json.Member("refused_requests", totals.refused);
  decimal("client_cpu_seconds_per_million", PerMillion(totals.client_cpu, totals.events), 4);
  if (totals.server_after) {
    const ServerCost cost = CostOf(totals);
    decimal("server_cpu_seconds_per_million", cost.cpu, 4);
    decimal("server_system_seconds_per_million", cost.system, 4);
    json.Member("server_resident_bytes", totals.server_after->resident_bytes);
    json.Member("server_anonymous_bytes", totals.server_after->anonymous_bytes);
  } else {
    for (const char* name : {"server_cpu_seconds_per_million", "server_system_seconds_per_million",
                             "server_resident_bytes", "server_anonymous_bytes"}) {
      json.Key(name);
      json.Null();
    }
  }
  json.Close('}');
  return line + "\n";
}

}  // namespace oncelog::app::bench
