#include "app/commands/simulate.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iomanip>
#include <random>
#include <sstream>
#include <string_view>

#include "app/output/numbers.h"
#include "app/output/table.h"
#include "app/simulate/interrupt.h"
#include "app/simulate/own_server.h"
#include "base/units.h"

namespace oncelog::app {
namespace {

using simulate::BodyForm;
using simulate::Interrupt;
using simulate::OwnServer;
using simulate::Simulation;

constexpr size_t kRunBytesMax = 64;
constexpr double kLossesMax = 0.9;

// One line on stderr that rewrites itself, for people only.
void ShowProgress(const simulate::Progress& progress, const simulate::Options& options,
                  Console& console) {
  std::ostringstream line;
  if (progress.audited > 0) {
    line << "reading back: " << Grouped(progress.audited) << " events";
  } else {
    const uint64_t received = progress.counts.received;
    const auto elapsed = static_cast<uint64_t>(std::max<int64_t>(progress.elapsed.count(), 1));
    line << Grouped(received) << " of " << Grouped(options.events) << " sent, "
         << Grouped(progress.counts.accepted) << " accepted, "
         << Grouped(progress.counts.duplicates) << " duplicates, "
         << Grouped(progress.counts.retries) << " retries";
    if (progress.kills > 0) line << ", " << Plural(progress.kills, "kill");
    line << "  (" << Grouped(received * 1000 / elapsed) << "/s)";
  }
  console.err << "\r\x1b[K" << line.str() << std::flush;
}

std::string RandomRun() {
  std::ostringstream text;
  text << std::hex << std::setw(8) << std::setfill('0') << std::random_device{}();
  return text.str();
}

bool IsPlain(std::string_view name) {
  return !name.empty() && name.size() <= kRunBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

// A directory for this run; removed with all in it unless it is kept.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::error_code error;
    std::string name = (std::filesystem::temp_directory_path(error) / "oncelog-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!kept_ && !path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  void Keep() { kept_ = true; }
  [[nodiscard]] const std::string& path() const { return path_; }  // empty: could not be made

 private:
  std::string path_;
  bool kept_ = false;
};

Error Wrong(const std::string& what) { return {Code::kInvalid, what}; }

void DeclareCount(CLI::App& app, const char* flag, uint64_t& to, uint64_t least, uint64_t most,
                  const char* help) {
  app.add_option(flag, to, help)->type_name("N")->check(CLI::Range(least, most).description(""));
}

void DeclareRate(CLI::App& app, const char* flag, double& to, const char* help) {
  app.add_option(flag, to, help)->type_name("RATE")->check(CLI::Range(0.0, 1.0).description(""));
}

}  // namespace

void SimulateCommand::Declare(CLI::App& app) {
  url_.Declare(app);
  app.add_flag("--start", start_, "start a server of its own instead, and stop it at the end");
  DeclareCount(app, "--kills", kills_, 0, 1000,
               "kill that server so often (SIGKILL) while it is being sent to; means --start");
  app.add_option("--data", data_,
                 "where that server keeps its events (default: a temporary directory); means "
                 "--start")
      ->type_name("DIR");
  DeclareCount(app, "--events", options_.events, 1, 100'000'000,
               "submissions to plan, copies included (default 5000); retries come on top");
  DeclareFaults(app);
  DeclareCount(app, "--publishers", options_.publishers, 1, 256,
               "publishers, each with a connection and a thread of its own (default 4)");
  DeclareCount(app, "--batch", options_.batch, 1, 5000,
               "events in a request, on average (default 100)");
  DeclareCount(app, "--topics", options_.topics, 1, 100'000, "topics (default 10)");
  DeclareCount(app, "--payload", options_.payload_bytes, 0, 100'000,
               "bytes in a payload, on average (default 100)");
  app.add_option("--body", body_, "how a request lists its events: events (default), array, ndjson")
      ->type_name("FORM")
      ->check(CLI::IsMember({"events", "array", "ndjson"}).description(""));
  app.add_option("--retry-for", retry_for_, "how long one request is retried (default 60s)")
      ->type_name("TIME");
  app.add_option("--seed", seed_, "decides all events and the whole plan (default: random)")
      ->type_name("N");
  app.add_option("--run", options_.run,
                 "part of the topics' names, as in sim.RUN.0 (default: random)")
      ->type_name("NAME");
  app.add_flag("--json", json_, "print the report as JSON");
  app.footer(
      "Publishers send events the way real ones do: answers and requests get lost, so they send\n"
      "again, out of order and with new timestamps. Then everything is read back and compared "
      "with\n"
      "what was sent: each answered event is there once, with its content and in order; every\n"
      "answer was true; the counters add up. Ends with PASS (exit code 0) or FAIL (1).\n"
      "The events stay on the server, in topics of their own. Another implementation of the same\n"
      "API can be audited as well; what it does not say is named and left out.\n"
      "\n"
      "Examples:\n"
      "  oncelog simulate                          # 5,000 events to the server at --url\n"
      "  oncelog simulate --kills 3                # a server of its own, killed three times\n"
      "  oncelog simulate --conflicts 0.01 --invalid 0.01 --lost-answers 0.05\n"
      "  oncelog simulate --start --events 1000000 --batch 1000");
}

void SimulateCommand::DeclareFaults(CLI::App& app) {
  DeclareRate(app, "--duplicates", options_.duplicates,
              "how many of them are copies of others (default 0.2)");
  DeclareRate(app, "--conflicts", options_.conflicts,
              "how many have the id of another one and other content (default 0)");
  DeclareRate(app, "--invalid", options_.invalid, "how many break a rule (default 0)");
  DeclareRate(app, "--lost-answers", options_.lost_answers,
              "how many requests are cut off before their answer is read (default 0.01)");
  DeclareRate(app, "--lost-requests", options_.lost_requests,
              "how many requests are cut off in the middle (default 0.01)");
}

Status SimulateCommand::Complete(Console& console) {
  const std::optional<uint64_t> seed = seed_.empty() ? simulate::RandomSeed() : ParseCount(seed_);
  if (!seed) return Wrong("--seed: \"" + seed_ + "\" is no whole number");
  options_.seed = *seed;
  if (options_.run.empty()) options_.run = RandomRun();
  if (!IsPlain(options_.run)) {
    return Wrong("--run: up to 64 letters, digits, - and _ are allowed");
  }
  const std::optional<std::chrono::seconds> retry_for = ParseSeconds(retry_for_);
  if (!retry_for)
    return Wrong("--retry-for: \"" + retry_for_ + "\" is no time, such as 30s or 5min");
  options_.retry_for = *retry_for;
  options_.body = body_ == "array"    ? BodyForm::kArray
                  : body_ == "ndjson" ? BodyForm::kNdjson
                                      : BodyForm::kEvents;
  if (options_.lost_answers + options_.lost_requests > kLossesMax) {
    return Wrong("--lost-answers and --lost-requests: more than 0.9 together would never end");
  }
  const uint64_t fresh = simulate::Workload(options_).fresh();
  if (fresh == 0) {
    return Wrong(
        "--duplicates, --conflicts and --invalid leave no event to send; "
        "together they must be below 1");
  }
  options_.publishers = std::min(options_.publishers, fresh);
  start_ = start_ || kills_ > 0 || !data_.empty();
  if (start_ && url_.given()) {
    return Wrong("--url names a server, --start, --kills and --data start one; choose");
  }
  if (console.err_is_terminal || !json_) {
    console.err << "seed " << options_.seed << ", run " << options_.run << ": "
                << Grouped(options_.events) << " submissions of " << Grouped(fresh)
                << " events from " << Plural(options_.publishers, "publisher") << std::endl;
  }
  return OkStatus();
}

int SimulateCommand::Run(Console& console) {
  if (Status s = Complete(console); !s.ok()) return console.FailUsage(s.error().message());
  if (start_) return RunOwn(console);
  const Result<Connection> server = url_.Connect(console);
  if (!server.ok()) return console.FailUsage(server.error().message());
  return RunAgainst(server->at(), console);
}

int SimulateCommand::RunAgainst(const HostPort& server, Console& console) {
  Interrupt interrupt;
  Simulation simulation(options_, server, interrupt);
  return Finish(simulation, console);
}

int SimulateCommand::RunOwn(Console& console) {
  Interrupt interrupt;
  TemporaryDirectory temporary;
  if (temporary.path().empty()) {
    return console.Fail(std::string("no temporary directory: ") + std::strerror(errno));
  }
  const bool chosen = !data_.empty();
  const std::string data = chosen ? data_ : temporary.path() + "/data";
  Result<OwnServer> server =
      OwnServer::Create(data, temporary.path() + "/server.log", "/proc/self/exe");
  Status started = server.ok() ? server->Start(interrupt) : server.error();
  if (!started.ok()) return console.Fail(ForTerminal(started.error().message()));
  Simulation simulation(options_, server->address(), interrupt);
  simulation.UseOwn(*server, kills_);
  const int exit_code = Finish(simulation, console);
  if (exit_code != kExitOk && !interrupt.Came()) {
    temporary.Keep();
    console.err << "oncelog: kept for a look: " << temporary.path() << std::endl;
  }
  return exit_code;
}

int SimulateCommand::Finish(Simulation& simulation, Console& console) {
  if (console.err_is_terminal) {
    simulation.OnProgress(
        [&](const simulate::Progress& progress) { ShowProgress(progress, options_, console); });
  }
  const Status done = simulation.Run();
  if (console.err_is_terminal) console.err << "\r\x1b[K" << std::flush;
  const simulate::Report report = simulation.report();
  if (!done.ok()) return console.Fail(ForTerminal(done.error().message()));
  if (json_) {
    console.out << simulate::JsonReport(report);
  } else {
    simulate::PrintReport(report, console);
  }
  return report.passed() ? kExitOk : kExitFailed;
}

}  // namespace oncelog::app
