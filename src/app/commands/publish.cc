#include "app/commands/publish.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <map>
#include <sstream>

#include "api/json_writer.h"
#include "app/output/numbers.h"
#include "app/output/progress_line.h"
#include "app/output/table.h"

namespace oncelog::app {
namespace {

using std::chrono::milliseconds;

std::string ProgressOf(const Tally& tally, milliseconds elapsed) {
  const auto ms = static_cast<uint64_t>(std::max<int64_t>(elapsed.count(), 1));
  return Grouped(tally.sent()) + " sent, " + Grouped(tally.accepted) + " accepted, " +
         Grouped(tally.duplicates) + " duplicates  (" + Grouped(tally.sent() * 1000 / ms) + "/s)";
}

std::string Seconds(milliseconds span) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << static_cast<double>(span.count()) / 1000 << " s";
  return text.str();
}

// A topic's events are numbered without gaps: a lower number than before means that some before it
// are missing, a higher one that others came first.
std::string WhyRenumbered(const Tally& tally) {
  const uint64_t higher = tally.renumbered - tally.renumbered_lower;
  std::string why = "have another sequence here than in FILE: ";
  if (tally.renumbered_lower > 0) {
    why += Grouped(tally.renumbered_lower) + " a lower one, as events before them are not in FILE";
  }
  if (higher > 0) {
    why += (tally.renumbered_lower > 0 ? "; " : "") + Grouped(higher) +
           " a higher one, as their topic held other events already";
  }
  return why;
}

void PrintTable(const Publisher& publisher, const Sender& sender, milliseconds elapsed,
                Console& console) {
  const Tally& tally = publisher.tally();
  Table table({{""}, {"", Align::kRight}, {""}});
  table.Add({"accepted", Grouped(tally.accepted), ""});
  table.Add({"duplicates", Grouped(tally.duplicates), "already stored, nothing to do"});
  table.Add({"conflicts", Grouped(tally.conflicts), "same id as a stored event, other content"});
  table.Add({"invalid", Grouped(tally.invalid), "break a rule, not stored"});
  if (tally.renumbered > 0) {
    table.Add({"renumbered", Grouped(tally.renumbered), WhyRenumbered(tally)});
  }
  table.Print(console.out, console.colours());
  console.out << Plural(tally.sent(), "event") << " in " << Seconds(elapsed);
  if (sender.retries() > 0) {
    console.out << ", " << Grouped(sender.retries())
                << (sender.retries() == 1 ? " retry" : " retries")
                << " (an event whose first answer was lost counts as a duplicate)";
  }
  console.out << "\n";
}

void PrintJson(const Publisher& publisher, const Sender& sender, milliseconds elapsed,
               const Status& done, Console& console) {
  const Tally& tally = publisher.tally();
  std::string line;
  api::JsonWriter json(&line);
  json.Open('{');
  json.Member("events", tally.sent());
  json.Member("accepted", tally.accepted);
  json.Member("duplicates", tally.duplicates);
  json.Member("conflicts", tally.conflicts);
  json.Member("invalid", tally.invalid);
  if (publisher.compares_sequences()) json.Member("renumbered", tally.renumbered);
  json.Member("retries", sender.retries());
  json.Key("seconds");
  json.Decimal(static_cast<double>(elapsed.count()) / 1000, 3);
  json.Key("complete");
  json.Bool(done.ok());
  if (!done.ok()) json.Member("error", done.error().message());
  json.Close('}');
  console.out << line << "\n";
}

}  // namespace

CLI::Option* PublishCommand::DeclareInput(CLI::App& app, const char* help) {
  return app.add_option("FILE", file_, help);
}

void PublishCommand::DeclareSending(CLI::App& app) {
  url_.Declare(app);
  app.add_option("--batch", batch_, "events in one request (default 1000, at most 10000)")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000).description(""));
  app.add_option("--on-invalid", on_invalid_,
                 "reject: an invalid event stops it all (default); skip: store the others")
      ->type_name("reject|skip")
      ->check(CLI::IsMember({"reject", "skip"}).description(""));
  retry_for_.Declare(app);
  app.add_flag("--json", json_, "print the summary as one JSON object");
}

void PublishCommand::Declare(CLI::App& app) {
  DeclareInput(app, "events: NDJSON (one a line) or a JSON array; stdin if left out");
  DeclareSending(app);
  app.add_option("--format", format_, "how FILE is written (default auto: as it looks)")
      ->type_name("auto|ndjson|json")
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
  const Result<std::chrono::milliseconds> retry_for = retry_for_.Read();
  if (!retry_for.ok()) return console.FailUsage(retry_for.error().message());
  // One try that hangs may not take much longer than all of them are to.
  constexpr milliseconds kPatience = std::chrono::minutes(1);
  const bool hurried = *retry_for > milliseconds::zero() && *retry_for < kPatience;
  Result<Connection> server = url_.Connect(console, hurried ? *retry_for : kPatience);
  if (!server.ok()) return console.FailUsage(server.error().message());
  if (!file_.empty() && file_ != "-") return PublishFile(*server, console);
  if (console.in_is_terminal) {
    console.err << "oncelog: reading events from the terminal, one a line; Ctrl-D ends\n";
  }
  return Publish(console.in, 0, *server, console);
}

int PublishCommand::PublishFile(Connection& server, Console& console) const {
  if (std::error_code ignored; std::filesystem::is_directory(file_, ignored)) {
    return console.Fail("cannot read " + file_ + ": it is a directory");
  }
  std::ifstream file(file_, std::ios::binary);
  if (!file) return console.Fail("cannot open " + file_ + ": " + std::strerror(errno));
  std::error_code unknown;
  const uintmax_t bytes = std::filesystem::file_size(file_, unknown);
  return Publish(file, unknown ? 0 : bytes, server, console);
}

int PublishCommand::Publish(std::istream& in, uint64_t bytes, Connection& server,
                            Console& console) const {
  const std::map<std::string, InputFormat> formats = {
      {"auto", InputFormat::kAuto}, {"ndjson", InputFormat::kNdjson}, {"json", InputFormat::kJson}};
  EventReader reader(in, formats.at(format_));
  ProgressLine progress(console);
  Sender sender = RetryingSender(server, {.total = *retry_for_.Read()}, [&](std::string_view why) {
    progress.Clear();
    console.Fail(ForTerminal(std::string(why)) + "; retrying for up to " + retry_for_.text());
  });
  Publisher publisher(reader, sender,
                      {.batch_events = batch_,
                       .skip_invalid = on_invalid_ == "skip",
                       .compare_sequences = compare_sequences_});
  publisher.OnProgress([&](const Tally& tally) {
    if (!progress.due()) return;
    // At the end of a file there is no place to tell any more.
    const std::streamoff at = bytes == 0 ? 0 : std::streamoff(in.tellg());
    const std::string bar =
        bytes == 0 ? "" : Bar(at < 0 ? bytes : static_cast<uint64_t>(at), bytes) + "  ";
    progress.Show(bar + ProgressOf(tally, progress.elapsed()));
  });
  const Status done = publisher.Run();
  progress.Clear();
  const Tally& tally = publisher.tally();
  for (const std::string& remark : publisher.remarks()) console.err << remark << "\n";
  if (tally.refused() > publisher.remarks().size()) {
    console.err << "and " << Grouped(tally.refused() - publisher.remarks().size())
                << " more that were refused\n";
  }
  console.err.flush();
  if (json_) {
    PrintJson(publisher, sender, progress.elapsed(), done, console);
  } else {
    PrintTable(publisher, sender, progress.elapsed(), console);
  }
  if (!done.ok()) {
    console.Fail(ForTerminal(done.error().message()));
    console.err << "oncelog: not all was sent; it is safe to publish the same input again\n";
    return kExitFailed;
  }
  return tally.refused() == 0 ? kExitOk : kExitFailed;
}

}  // namespace oncelog::app
