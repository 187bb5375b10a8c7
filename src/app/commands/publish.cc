#include "app/commands/publish.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <thread>

#include "app/config/units.h"
#include "app/output/numbers.h"
#include "app/output/table.h"

namespace oncelog::app {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

milliseconds SteadyNow() {
  return duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

RetryPolicy::Random UniformRandom() {
  auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
  return [engine] { return std::uniform_real_distribution<double>(0.0, 1.0)(*engine); };
}

// One line on stderr that rewrites itself, for people only.
class Progress {
 public:
  explicit Progress(Console& console) : console_(console), started_(SteadyNow()) {}
  ~Progress() { Clear(); }

  void Show(const Tally& tally) {
    const milliseconds now = SteadyNow();
    if (!console_.err_is_terminal || now - shown_ < milliseconds(100)) return;
    shown_ = now;
    const auto elapsed = static_cast<uint64_t>(std::max<int64_t>((now - started_).count(), 1));
    console_.err << "\r\x1b[K" << Grouped(tally.sent()) << " sent, " << Grouped(tally.accepted)
                 << " accepted, " << Grouped(tally.duplicates) << " duplicates  ("
                 << Grouped(tally.sent() * 1000 / elapsed) << "/s)" << std::flush;
  }
  void Clear() {
    if (shown_ != milliseconds::zero()) console_.err << "\r\x1b[K" << std::flush;
    shown_ = milliseconds::zero();
  }
  [[nodiscard]] milliseconds elapsed() const { return SteadyNow() - started_; }

 private:
  Console& console_;
  milliseconds started_;
  milliseconds shown_{};
};

std::string Seconds(milliseconds span) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << static_cast<double>(span.count()) / 1000 << " s";
  return text.str();
}

void PrintSummary(const Publisher& publisher, const Sender& sender, milliseconds elapsed,
                  Console& console) {
  const Tally& tally = publisher.tally();
  for (const std::string& remark : publisher.remarks()) console.err << remark << "\n";
  if (tally.refused() > publisher.remarks().size()) {
    console.err << "and " << Grouped(tally.refused() - publisher.remarks().size())
                << " more that were refused\n";
  }
  console.err.flush();
  Table table({{""}, {"", Align::kRight}, {""}});
  table.Add({"accepted", Grouped(tally.accepted), ""});
  table.Add({"duplicates", Grouped(tally.duplicates), "already stored, nothing to do"});
  table.Add({"conflicts", Grouped(tally.conflicts), "same id as a stored event, other content"});
  table.Add({"invalid", Grouped(tally.invalid), "break a rule, not stored"});
  table.Print(console.out, console.colours());
  console.out << Plural(tally.sent(), "event") << " in " << Seconds(elapsed);
  if (sender.retries() > 0) {
    console.out << ", " << Grouped(sender.retries())
                << (sender.retries() == 1 ? " retry" : " retries")
                << " (an event whose first answer was lost counts as a duplicate)";
  }
  console.out << "\n";
}

}  // namespace

void PublishCommand::Declare(CLI::App& app) {
  app.add_option("FILE", file_, "events: NDJSON (one a line) or a JSON array; stdin if left out");
  url_.Declare(app);
  app.add_option("--batch", batch_, "events in one request (default 1000, at most 10000)")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000).description(""));
  app.add_option("--on-invalid", on_invalid_,
                 "reject: an invalid event stops it all (default); skip: store the others")
      ->type_name("HOW")
      ->check(CLI::IsMember({"reject", "skip"}).description(""));
  app.add_option("--retry-for", retry_for_,
                 "how long to retry one request when the server is away or busy (default 5min)")
      ->type_name("TIME");
  app.add_option("--format", format_, "auto (default), ndjson or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"auto", "ndjson", "json"}).description(""));
  app.footer(
      "It is always safe to publish the same file again: what is stored already counts as a\n"
      "duplicate. Exits with 1 if any event was refused.\n"
      "\n"
      "Examples:\n"
      "  oncelog publish events.ndjson\n"
      "  tail -F app.ndjson | oncelog publish --on-invalid skip\n"
      "  oncelog events --all | oncelog publish --url http://other:8080");
}

int PublishCommand::Run(Console& console) {
  Result<Connection> server = url_.Connect(console);
  if (!server.ok()) return console.FailUsage(server.error().message());
  if (!ParseSeconds(retry_for_)) {
    return console.FailUsage("--retry-for: \"" + retry_for_ + "\" is no time, such as 30s or 5min");
  }
  if (file_.empty() || file_ == "-") {
    if (console.in_is_terminal) {
      console.err << "oncelog: reading events from the terminal, one a line; Ctrl-D ends\n";
    }
    return Publish(console.in, *server, console);
  }
  std::ifstream file(file_, std::ios::binary);
  if (!file) return console.Fail("cannot open " + file_ + ": " + std::strerror(errno));
  return Publish(file, *server, console);
}

int PublishCommand::Publish(std::istream& in, Connection& server, Console& console) const {
  const std::map<std::string, InputFormat> formats = {
      {"auto", InputFormat::kAuto}, {"ndjson", InputFormat::kNdjson}, {"json", InputFormat::kJson}};
  EventReader reader(in, formats.at(format_));
  Progress progress(console);
  const RetryOptions retry{.total = *ParseSeconds(retry_for_)};
  bool said = false;
  Sender sender([&](const ClientRequest& request) { return server.Send(request); },
                RetryPolicy(retry, SteadyNow, UniformRandom()),
                [](milliseconds wait) { std::this_thread::sleep_for(wait); },
                [&](std::string_view why, milliseconds) {
                  if (said) return;
                  said = true;
                  progress.Clear();
                  console.err << "oncelog: " << ForTerminal(std::string(why))
                              << "; retrying for up to " << retry_for_ << std::endl;
                });
  Publisher publisher(reader, sender,
                      {.batch_events = batch_, .skip_invalid = on_invalid_ == "skip"});
  publisher.OnProgress([&](const Tally& tally) {
    said = false;
    progress.Show(tally);
  });
  const Status done = publisher.Run();
  progress.Clear();
  PrintSummary(publisher, sender, progress.elapsed(), console);
  if (!done.ok()) {
    console.Fail(ForTerminal(done.error().message()));
    console.err << "oncelog: not all was sent; it is safe to publish the same input again\n";
    return kExitFailed;
  }
  return publisher.tally().refused() == 0 ? kExitOk : kExitFailed;
}

}  // namespace oncelog::app
