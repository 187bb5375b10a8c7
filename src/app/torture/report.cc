#include "app/torture/report.h"

#include <iomanip>
#include <sstream>
#include <utility>

#include "api/json_writer.h"
#include "app/output/numbers.h"
#include "app/output/table.h"

namespace oncelog::app::torture {

void Report::Fail(std::string what) {
  ++broken;
  if (failures.size() < kFailuresMax) failures.push_back(std::move(what));
}

void PrintReport(const Report& report, Console& console) {
  Table table({{""}, {"", Align::kRight}, {""}});
  const auto add = [&](const char* label, uint64_t count, const char* remark) {
    table.Add({label, Grouped(count), remark});
  };
  add("rounds", report.rounds, "each with a new store");
  add("kills", report.kills, "of the server, under load");
  add("recovery kills", report.recovery_kills, "while it started again");
  add("failed writes", report.failed_writes, "times when every write failed");
  add("no descriptors", report.no_descriptors, "times when no file could be opened");
  add("failed calls", report.failed_calls, "single ones, each in a small store of its own");
  add("submissions", report.submissions, "answered; each answer was judged");
  add("events", report.events, "read back and compared with what was sent");
  add("erased", report.erased, "events; they stayed gone, and their ids known");
  add("index runs", report.runs, "in these stores at the ends of rounds");
  add("segments", report.segments, "likewise");
  add("damaged", report.damaged, "copies of a store with a file damaged, of which …");
  add("  refused", report.refused, "the start was refused, with the file named");
  add("  named", report.named, "requests were refused, with the file named");
  add("  harmless", report.harmless, "all events and ids were still there");
  table.Print(console.out, console.colours());
  for (const std::string& failure : report.failures) {
    console.out << "broken: " << ForTerminal(failure) << "\n";
  }
  const bool bold = console.colours();
  console.out << (bold ? "\x1b[1m" : "") << (report.passed() ? "PASS" : "FAIL")
              << (bold ? "\x1b[0m" : "") << "  "
              << (report.passed() ? "every answered event was there exactly once, after everything"
                                  : Plural(report.broken, "broken promise"))
              << "  (" << report.options.directory << ", seed " << report.options.seed << ", "
              << report.elapsed.count() / 1000 << " s)\n";
}

std::string JsonReport(const Report& report) {
  std::string text;
  api::JsonWriter json(&text);
  json.Open('{');
  json.Member("result", report.passed() ? std::string_view("PASS") : std::string_view("FAIL"));
  json.Member("directory", report.options.directory);
  const std::vector<std::pair<const char*, uint64_t>> figures = {
      {"seed", report.options.seed},
      {"rounds", report.rounds},
      {"kills", report.kills},
      {"recovery_kills", report.recovery_kills},
      {"failed_writes", report.failed_writes},
      {"no_descriptors", report.no_descriptors},
      {"failed_calls", report.failed_calls},
      {"submissions", report.submissions},
      {"events", report.events},
      {"erased", report.erased},
      {"runs", report.runs},
      {"segments", report.segments},
      {"damaged", report.damaged},
      {"refused", report.refused},
      {"named", report.named},
      {"harmless", report.harmless},
      {"broken", report.broken}};
  for (const auto& [name, figure] : figures) json.Member(name, figure);
  json.Key("seconds");
  json.Decimal(static_cast<double>(report.elapsed.count()) / 1000, 3);
  json.Key("failures");
  json.Open('[');
  for (const std::string& failure : report.failures) json.Text(failure);
  json.Close(']');
  json.Close('}');
  return text + "\n";
}

}  // namespace oncelog::app::torture
