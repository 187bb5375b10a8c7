#include "app/commands/events.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "app/client/event_reader.h"
#include "app/output/numbers.h"

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
  app.add_option("--limit", limit_, "print at most so many events (default 1000)")
      ->type_name("N")
      ->check(CLI::Range(uint64_t{1}, kLimitMax).description(""));
  app.add_flag("--all", all_, "print all events that match, however many");
  app.add_option("--order", order_, "asc (oldest first, default) or desc")
      ->type_name("ORDER")
      ->check(CLI::IsMember({"asc", "desc"}).description(""));
  app.add_flag("--json", json_, "print one page as the server answers it, with its cursor");
  app.footer(
      "Prints one event a line (NDJSON), as it was sent, with `sequence` and `received_at`.\n"
      "What is printed can be published again, here or elsewhere.\n"
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

// Events are printed byte for byte; only what stands around them is parsed.
Result<EventsCommand::Page> EventsCommand::PrintPage(const std::string& body,
                                                     Console& console) const {
  std::istringstream in(body);
  EventReader events(in, InputFormat::kJson);
  Page page;
  std::string lines;
  for (;;) {
    const Result<bool> more = events.AppendNext(&lines);
    if (!more.ok()) return more.error();
    if (!*more) break;
    ++page.count;
  }
  const Result<Json> rest = Json::Parse(events.rest());
  if (!rest.ok()) {
    return Error(Code::kInvalid, "the answer has no page of events; check --url");
  }
  page.next = rest->Text("next");
  page.has_more = (*rest)["has_more"].is_true();
  console.out << lines;
  return page;
}

int EventsCommand::PrintRaw(Connection& server, Console& console) const {
  const Result<std::string> body = server.Get(PageTarget(after_, limit_));
  if (!body.ok()) return console.Fail(body.error().message());
  console.out << *body;
  return kExitOk;
}

int EventsCommand::Run(Console& console) {
  if (all_ && json_) return console.FailUsage("--json prints one page; it does not go with --all");
  Result<Connection> server = url_.Connect(console);
  if (!server.ok()) return console.FailUsage(server.error().message());
  if (json_) return PrintRaw(*server, console);
  std::string after = after_;
  uint64_t left = all_ ? UINT64_MAX : limit_;
  for (;;) {
    const Result<std::string> body = server->Get(PageTarget(after, std::min(left, kPageEvents)));
    if (!body.ok()) return console.Fail(body.error().message());
    const Result<Page> page = PrintPage(*body, console);
    if (!page.ok()) return console.Fail(page.error().message());
    if (!console.out) return console.Fail("cannot write the events out");
    left -= std::min(left, page->count);
    if (!page->has_more || page->next.empty() || page->next == after) return kExitOk;
    after = page->next;
    if (left == 0) break;
  }
  if (console.err_is_terminal) {
    console.out.flush();
    console.err << "oncelog: there are more; go on with --after " << after << ", or print --all\n";
  }
  return kExitOk;
}

}  // namespace oncelog::app
