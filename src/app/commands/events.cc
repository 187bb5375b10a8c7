#include "app/commands/events.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>

#include "app/client/page_reader.h"
#include "app/output/table.h"

namespace oncelog::app {
namespace {

constexpr uint64_t kPageEvents = 1000;
constexpr uint64_t kLimitMax = 1'000'000'000'000;

}  // namespace

void EventsCommand::Declare(CLI::App& app) {
  url_.Declare(app);
  const auto filter = [&app](const char* flag, std::string& to, const char* type,
                             const char* help) { app.add_option(flag, to, help)->type_name(type); };
  filter("--topic", topic_, "TOPIC", "only this topic, in the order of its sequence");
  filter("--event-id", event_id_, "ID", "only events with this id");
  filter("--source", source_, "SOURCE", "only events from this source");
  filter("--from", from_, "TIME", "timestamp at or after, such as 2025-10-22T10:00:00Z");
  filter("--to", to_, "TIME", "timestamp before");
  filter("--received-from", received_from_, "TIME", "received by the server at or after");
  filter("--received-to", received_to_, "TIME", "received by the server before");
  filter("--after", after_, "CURSOR", "go on where an earlier call ended");
  CLI::Option* limit =
      app.add_option("--limit", limit_, "print at most so many events (default 1000)")
          ->type_name("N")
          ->check(CLI::Range(uint64_t{1}, kLimitMax).description(""));
  app.add_flag("--all", all_, "print all events that match, however many")->excludes(limit);
  app.add_option("--order", order_, "oldest first (default) or newest first")
      ->type_name("asc|desc")
      ->check(CLI::IsMember({"asc", "desc"}).description(""));
  retry_for_.Declare(app);
  app.add_flag("--json", json_, "print one page as the server answers it, with its cursor");
  app.footer(
      "Prints one event a line (NDJSON), as it was sent, with `sequence` and `received_at`.\n"
      "What is printed can be published again, here or elsewhere. When the server goes away\n"
      "between two pages, the next one is asked for again (--retry-for).\n"
      "\n"
      "Examples:\n"
      "  oncelog events --topic sensor.temp --order desc --limit 10\n"
      "  oncelog events --all > events.ndjson\n"
      "  oncelog events --from 2025-10-22T00:00:00Z --to 2025-10-23T00:00:00Z | jq .payload");
}

std::string EventsCommand::PageTarget(const std::string& after, uint64_t limit) const {
  return Target("/events", {{"topic", topic_},
                            {"event_id", event_id_},
                            {"source", source_},
                            {"from", from_},
                            {"to", to_},
                            {"received_from", received_from_},
                            {"received_to", received_to_},
                            {"after", after},
                            {"order", order_},
                            {"limit", std::to_string(limit)}});
}

int EventsCommand::PrintRaw(Connection& server, Console& console) const {
  const Result<std::string> body = server.Get(PageTarget(after_, limit_));
  if (!body.ok()) return console.Fail(ForTerminal(body.error().message()));
  if (const Result<EventPage> page = EventPage::Parse(*body); !page.ok()) {
    return console.Fail(page.error().message());
  }
  console.out << console.Shown(*body);
  return kExitOk;
}

Result<bool> EventsCommand::PrintPages(Connection& server, Console& console,
                                       std::string* after) const {
  const Result<std::chrono::milliseconds> retry_for = retry_for_.Read();
  if (!retry_for.ok()) return retry_for.error();
  Sender sender = RetryingSender(server, {.total = *retry_for}, [&](std::string_view why) {
    console.Fail(ForTerminal(std::string(why)) + "; retrying for up to " + retry_for_.text());
  });
  uint64_t left = all_ ? UINT64_MAX : limit_;
  PageReader pages(server, sender);
  for (;;) {
    const Result<EventPage> page = pages.Next(PageTarget(*after, std::min(left, kPageEvents)));
    if (!page.ok()) return page.error();
    console.out << console.Shown(page->lines);
    if (!console.out) return Error(Code::kIo, "cannot write the output");
    left -= std::min(left, page->count);
    if (!page->has_more || page->next == *after) return true;
    *after = page->next;
    if (left == 0) return false;
  }
}

int EventsCommand::Run(Console& console) {
  if (all_ && json_) return console.FailUsage("--json prints one page; it does not go with --all");
  if (const auto total = retry_for_.Read(); !total.ok()) {
    return console.FailUsage(total.error().message());
  }
  Result<Connection> server = url_.Connect(console);
  if (!server.ok()) return console.FailUsage(server.error().message());
  if (json_) return PrintRaw(*server, console);
  std::string after = after_;
  const Result<bool> all = PrintPages(*server, console, &after);
  if (!all.ok()) return console.Fail(ForTerminal(all.error().message()));
  if (!*all && console.err_is_terminal) {
    console.out.flush();
    console.err << "oncelog: there are more; go on with --after " << after << ", or print --all\n";
  }
  return kExitOk;
}

}  // namespace oncelog::app
