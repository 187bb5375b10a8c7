#include "app/commands/tail.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <thread>

#include "app/output/table.h"
#include "app/tail/event_line.h"
#include "app/tail/orderly_end.h"
#include "base/units.h"

namespace oncelog::app {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kLastDefault = 10;
constexpr uint64_t kLastMax = 1'000'000'000;
constexpr milliseconds kIntervalMin{10};
constexpr milliseconds kIntervalMax = std::chrono::hours(1);
// A server that comes back is to be noticed soon, however long it was away.
constexpr RetryOptions kForEver{.cap = milliseconds(2000), .total = milliseconds::max()};

}  // namespace

void TailCommand::Declare(CLI::App& app) {
  url_.Declare(app);
  app.add_option("--topic", query_.topic, "only this topic")->type_name("TOPIC");
  app.add_option("--source", query_.source, "only events from this source")->type_name("SOURCE");
  app.add_option("-n,--last", last_, "begin with the last N events (default 10)")
      ->type_name("N")
      ->check(CLI::Range(uint64_t{0}, kLastMax).description(""));
  app.add_flag("--from-start", from_start_, "begin with the first event");
  app.add_option("--cursor", cursor_file_,
                 "go on where FILE says that an earlier run stopped, and note there how far it is")
      ->type_name("FILE");
  app.add_option("--interval", interval_, "how often to ask for new events (default 500ms)")
      ->type_name("TIME");
  app.add_flag("--json", json_, "one JSON object a line also on a terminal");
  app.footer(
      "Prints readable lines on a terminal, else one event a line (NDJSON) as `oncelog events`\n"
      "does. When the server goes away it waits and goes on: no event is left out or printed\n"
      "twice. Ends with 0 on Ctrl-C, SIGTERM, or when its reader is gone.\n"
      "With --cursor, FILE is replaced whenever events were printed. If oncelog itself is killed\n"
      "between the two, the next run prints these events again; none is left out.\n"
      "\n"
      "Examples:\n"
      "  oncelog tail\n"
      "  oncelog tail --topic sensor.temp -n 100\n"
      "  oncelog tail --from-start --cursor bills.cursor | ./write-bills");
}

void TailCommand::Print(std::string_view lines, Console& console) const {
  if (json_ || !console.out_is_terminal) {
    console.out << console.Shown(std::string(lines));
    return;
  }
  while (!lines.empty()) {
    const size_t end = lines.find('\n');
    console.out << EventLine(lines.substr(0, end), console.colours()) << "\n";
    lines.remove_prefix(end + 1);
  }
}

int TailCommand::Follow(Connection& server, std::optional<CursorFile> file,
                        std::optional<TailPlace> place, Console& console) const {
  signal(SIGPIPE, SIG_IGN);
  OrderlyEnd end;
  bool away = false;
  Sender sender = RetryingSender(server, kForEver, [&](std::string_view why) {
    away = true;
    console.Fail(ForTerminal(std::string(why)) + "; waiting for the server");
  });
  const auto fetch = [&](const std::string& target) {
    Result<std::string> body = BodyOf(sender.Send(JsonRequest(target)), server.url());
    if (away) console.Fail("the server at " + server.at().ToString() + " answers again");
    away = false;
    return body;
  };
  Follower follower(fetch, query_);
  if (place) {
    follower.Resume(*place);
  } else if (!from_start_) {
    const Status found = follower.StartBeforeEnd(last_.value_or(kLastDefault));
    if (!found.ok()) return console.Fail(ForTerminal(found.error().message()));
  }
  for (;;) {
    const Result<EventPage> page = follower.Next();
    if (!page.ok()) return Stopped(page.error(), console);
    {
      const auto whole = end.Hold();
      errno = 0;
      Print(page->lines, console);
      console.out.flush();
      if (!console.out && errno == EPIPE) OrderlyEnd::Now();
      if (!console.out) return console.Fail("cannot write the output");
      if (file) {
        const Status saved = file->Save(follower.place());
        if (!saved.ok()) return console.Fail(saved.error().message());
      }
    }
    if (!page->has_more) std::this_thread::sleep_for(*ParseMilliseconds(interval_));
  }
}

int TailCommand::Stopped(const Error& error, Console& console) const {
  std::string message = error.message();
  if (error.code() == Code::kGone) {
    message = "stale_cursor: the store is another one, or was restored since; ";
    message += cursor_file_.empty() ? "run tail again"
                                    : "remove " + cursor_file_ + " to begin anew (see also -n)";
  }
  return console.Fail(ForTerminal(message));
}

int TailCommand::Run(Console& console) {
  if (from_start_ && last_) return console.FailUsage("-n and --from-start exclude each other");
  const std::optional<milliseconds> interval = ParseMilliseconds(interval_);
  if (!interval || *interval < kIntervalMin || *interval > kIntervalMax) {
    return console.FailUsage("--interval: \"" + interval_ + "\" must be 10ms to 1h");
  }
  Result<Connection> server = url_.Connect(console);
  if (!server.ok()) return console.FailUsage(server.error().message());
  if (cursor_file_.empty()) return Follow(*server, std::nullopt, std::nullopt, console);
  const CursorFile file(cursor_file_, query_);
  const Result<std::optional<TailPlace>> place = file.Load();
  if (!place.ok()) return console.Fail(place.error().message());
  return Follow(*server, file, *place, console);
}

}  // namespace oncelog::app
