#include "app/commands/export.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "app/client/page_reader.h"
#include "app/output/numbers.h"
#include "app/output/table.h"
#include "event/render.h"
#include "store/verify/rehearsal.h"

namespace oncelog::app {
namespace {

constexpr uint64_t kPageEvents = 1000;
constexpr size_t kPieceBytes = size_t{1} << 20;

void Show(ProgressLine& progress, uint64_t events, uint64_t all) {
  if (progress.due()) {
    progress.Show(Bar(events, all) + "  " + Grouped(events) + " of " + Plural(all, "event"));
  }
}

}  // namespace

void ExportCommand::Declare(CLI::App& app) {
  app.add_option("FILE", file_, "where to write (default -: standard output)");
  CLI::Option* data =
      app.add_option("--data", data_, "read the directory of a stopped server instead")
          ->type_name("DIR");
  url_.Declare(app);
  app.get_option("--url")->excludes(data);
  retry_for_.Declare(app);
  app.footer(
      "Writes every event on a line, byte for byte as it was sent, with `sequence` and "
      "`received_at`\n"
      "behind, in the order in which the events became durable, as many as there are when it\n"
      "begins. `oncelog import` stores them again with the same sequences, if none are gone (see\n"
      "`import --help`). FILE is there only when it is complete. With --data no server is needed\n"
      "and nothing in the directory is changed.\n"
      "\n"
      "Examples:\n"
      "  oncelog export events.ndjson\n"
      "  oncelog export --data /srv/oncelog | zstd > events.ndjson.zst");
}

int ExportCommand::Run(Console& console) {
  if (const auto total = retry_for_.Read(); !total.ok()) {
    return console.FailUsage(total.error().message());
  }
  Result<std::unique_ptr<WholeFile>> file = WholeFile::Create(file_, console);
  if (!file.ok()) return console.Fail(file.error().message());
  ProgressLine progress(console);
  Result<uint64_t> events = uint64_t{0};
  if (data_.empty()) {
    Result<Connection> server = url_.Connect(console);
    if (!server.ok()) return console.FailUsage(server.error().message());
    events = FromServer(*server, **file, progress, console);
  } else {
    events = FromDirectory(**file, progress);
  }
  progress.Clear();
  if (!events.ok()) return console.Fail(ForTerminal(events.error().message()));
  if (Status s = (*file)->Finish(); !s.ok()) return console.Fail(s.error().message());
  if (file_ != "-") {
    console.out << file_ << ": " << Plural(*events, "event") << ", " << MiB((*file)->bytes())
                << "\n";
  }
  return kExitOk;
}

Result<uint64_t> ExportCommand::FromServer(Connection& server, WholeFile& file,
                                           ProgressLine& progress, Console& console) const {
  const Result<Json> before = server.GetJson("/stats");
  if (!before.ok()) return before.error();
  const uint64_t all = before->Count("total_events");
  Sender sender = RetryingSender(server, {.total = *retry_for_.Read()}, [&](std::string_view why) {
    progress.Clear();
    console.Fail(ForTerminal(std::string(why)) + "; retrying for up to " + retry_for_.text());
  });
  PageReader pages(server, sender);
  std::string after;
  for (uint64_t events = 0;;) {
    // What is published meanwhile is not waited for, or there might be no end.
    const uint64_t limit = std::clamp<uint64_t>(all - events, 1, kPageEvents);
    const Result<EventPage> page =
        pages.Next(Target("/events", {{"after", after}, {"limit", std::to_string(limit)}}));
    if (!page.ok()) return page.error();
    if (Status s = file.Write(page->lines); !s.ok()) return s.error();
    events += page->count;
    Show(progress, events, std::max(events, all));
    if (events >= all) return events;
    if (!page->has_more || page->next == after) {
      const Result<std::string> body = BodyOf(sender.Send(JsonRequest("/stats")), server.url());
      if (!body.ok()) return body.error();
      const Result<Json> now = Json::Parse(*body);
      if (!now.ok()) return now.error();
      // Some of these went only after they had been given: then as many may be missing unseen.
      const uint64_t gone = now->Count("events_gone");
      const uint64_t went = gone - std::min(gone, before->Count("events_gone"));
      if (went >= all - events) return events;
      return Error(Code::kIo, "the server gave " + std::to_string(events) + " events of " +
                                  std::to_string(all));
    }
    after = page->next;
  }
}

Result<uint64_t> ExportCommand::FromDirectory(WholeFile& file, ProgressLine& progress) const {
  const Result<std::unique_ptr<store::FileLock>> lock =
      store::LockStore(store::PosixFileSystem(), data_);
  if (!lock.ok()) return lock.error();
  const Result<store::Rehearsal> start = store::Rehearse((*lock)->files(), data_);
  if (!start.ok()) return start.error();
  store::Reader& reader = start->partition->reader();
  const store::StoreTotals totals = reader.Totals();
  const uint64_t all = totals.events - totals.gone;
  store::ScanOptions options;
  options.limit = kPageEvents;
  options.bytes_max = kPieceBytes;
  uint64_t events = 0;
  std::string lines;
  for (bool more = true; more;) {
    lines.clear();
    const Result<store::ScanEnd> end = reader.ScanAll(options, [&](const store::EventView& event) {
      event::AppendEventJson(&lines, event.json, event.sequence, event.received_at);
      lines += '\n';
      ++events;
    });
    if (!end.ok()) return end.error();
    if (Status s = file.Write(lines); !s.ok()) return s.error();
    Show(progress, events, all);
    options.after = end->next;
    more = end->has_more;
  }
  if (events == all) return events;
  return Error(Code::kDamaged, data_ + ": " + std::to_string(events) + " events were read of " +
                                   std::to_string(all) + "; `oncelog verify` may say why");
}

}  // namespace oncelog::app
