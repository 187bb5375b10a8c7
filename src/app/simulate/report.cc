#include "app/simulate/report.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "api/json_writer.h"
#include "app/output/numbers.h"
#include "app/output/table.h"

namespace oncelog::app::simulate {
namespace {

std::string Seconds(std::chrono::milliseconds span) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << static_cast<double>(span.count()) / 1000 << " s";
  return text.str();
}

std::string Verdict(const Report& report, Breach breach) {
  const uint64_t count = report.findings.count(breach);
  return count == 0 ? "ok" : Grouped(count) + " wrong";
}

std::string Summary(const Report& report) {
  if (!report.began()) return "nothing could be judged";
  if (!report.passed()) return Plural(report.findings.total(), "broken promise");
  return report.order_checked ? "every answered event is stored exactly once, in order"
                              : "every answered event is stored exactly once; order not checked";
}

template <typename Use>
void ForEachBreach(const Report& report, Use use) {
  for (size_t i = 0; i < kBreaches; ++i) {
    const auto breach = static_cast<Breach>(i);
    if (report.findings.count(breach) > 0) use(breach);
  }
}

Table TableOf(const Report& report) {
  Table table({{""}, {"", Align::kRight}, {""}});
  const auto add = [&](const char* label, uint64_t count, const char* remark) {
    table.Add({label, Grouped(count), remark});
  };
  const auto add_if = [&](const char* label, uint64_t count, const char* remark) {
    if (count > 0) add(label, count, remark);
  };
  add("received", report.received,
      report.verdicts() == report.received
          ? "submissions that were answered: the sum of the next four"
          : "submissions that were answered");
  add("  accepted", report.accepted, "as new");
  add("  duplicates", report.duplicates, "as known, also those whose first answer was lost");
  add("  conflicts", report.conflicts, "same id, other content");
  add("  invalid", report.invalid, "refused");
  if (report.audited) add("unique", report.unique, "events that are stored");
  add_if("retries", report.retries, "requests that were sent again");
  add_if("lost answers", report.lost_answers, "on purpose, then sent again");
  add_if("lost requests", report.lost_requests, "on purpose, in the middle");
  add_if("kills", report.kills, "of the server, under load");
  if (!report.audited) return table;
  add("missing", report.findings.count(Breach::kMissing), "answered, not stored");
  add("doubled", report.findings.count(Breach::kDoubled), "stored twice");
  if (report.order_checked || report.findings.count(Breach::kOrder) > 0) {
    table.Add({"order", Verdict(report, Breach::kOrder), "1, 2, 3 … within each topic"});
  }
  return table;
}

}  // namespace

uint64_t Report::per_second() const {
  return received * 1000 / static_cast<uint64_t>(std::max<int64_t>(sending.count(), 1));
}

void PrintReport(const Report& report, Console& console) {
  if (report.began()) {
    TableOf(report).Print(console.out, console.colours());
    console.out << "sent in " << Seconds(report.sending) << " (" << Grouped(report.per_second())
                << "/s), audited in " << Seconds(report.auditing) << "\n";
  }
  for (const std::string& what : report.unchecked) console.out << "not checked: " << what << "\n";
  ForEachBreach(report, [&](Breach breach) {
    const uint64_t count = report.findings.count(breach);
    const std::vector<std::string> examples = report.findings.examples(breach);
    for (const std::string& example : examples) {
      console.out << NameOf(breach) << ": " << ForTerminal(example) << "\n";
    }
    if (count > examples.size()) {
      console.out << NameOf(breach) << ": and " << Grouped(count - examples.size()) << " more\n";
    }
  });
  const bool bold = console.colours();
  console.out << (bold ? "\x1b[1m" : "") << (report.passed() ? "PASS" : "FAIL")
              << (bold ? "\x1b[0m" : "") << "  " << Summary(report) << "  (seed "
              << report.options.seed << ", run " << report.options.run << ")\n";
}

std::string JsonReport(const Report& report) {
  std::string text;
  api::JsonWriter json(&text);
  json.Open('{');
  json.Member("result", report.passed() ? std::string_view("PASS") : std::string_view("FAIL"));
  json.Member("seed", report.options.seed);
  json.Member("run", report.options.run);
  const std::vector<std::pair<const char*, uint64_t>> figures = {
      {"received", report.received},
      {"accepted", report.accepted},
      {"duplicates", report.duplicates},
      {"conflicts", report.conflicts},
      {"invalid", report.invalid},
      {"retries", report.retries},
      {"lost_answers", report.lost_answers},
      {"lost_requests", report.lost_requests},
      {"kills", report.kills},
      {"per_second", report.per_second()}};
  for (const auto& [name, figure] : figures) json.Member(name, figure);
  const auto known_if = [&](bool known, const char* name, uint64_t figure) {
    json.Key(name);
    known ? json.Number(figure) : json.Null();
  };
  const uint64_t out_of_order = report.findings.count(Breach::kOrder);
  known_if(report.audited, "unique", report.unique);
  known_if(report.audited, "missing", report.findings.count(Breach::kMissing));
  known_if(report.audited, "doubled", report.findings.count(Breach::kDoubled));
  known_if(report.order_checked || out_of_order > 0, "out_of_order", out_of_order);
  json.Key("sending_seconds");
  json.Decimal(static_cast<double>(report.sending.count()) / 1000, 3);
  json.Key("auditing_seconds");
  json.Decimal(static_cast<double>(report.auditing.count()) / 1000, 3);
  json.Key("violations");
  json.Open('{');
  ForEachBreach(report, [&](Breach breach) {
    json.Key(NameOf(breach));
    json.Open('{');
    json.Member("count", report.findings.count(breach));
    json.Key("examples");
    json.Open('[');
    for (const std::string& example : report.findings.examples(breach)) json.Text(example);
    json.Close(']');
    json.Close('}');
  });
  json.Close('}');
  json.Key("not_checked");
  json.Open('[');
  for (const std::string& what : report.unchecked) json.Text(what);
  json.Close(']');
  json.Close('}');
  return text + "\n";
}

}  // namespace oncelog::app::simulate
