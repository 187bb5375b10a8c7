#include "app/commands/rebuild.h"

#include <CLI/CLI.hpp>

#include "api/json_writer.h"
#include "app/output/numbers.h"
#include "app/output/progress_line.h"
#include "store/rebuild/rebuild.h"

namespace oncelog::app {
namespace {

using store::RebuildReport;

void PrintJson(const RebuildReport& report, Console& console) {
  std::string line;
  api::JsonWriter json(&line);
  json.Open('{');
  json.Member("events", report.events);
  json.Member("events_behind_index", report.tail_events);
  json.Member("topics", report.topics);
  json.Member("runs", report.runs);
  json.Member("topic_indexes", report.topic_indexes);
  json.Close('}');
  console.out << line << "\n";
}

}  // namespace

void RebuildCommand::Declare(CLI::App& app) {
  flags_.Declare(app, {"data"});
  app.add_flag("--json", json_, "print the summary as one JSON object");
  app.footer(
      "Makes again what is derived from segments and log: index runs, checkpoint, topic indexes.\n"
      "For a store that refuses to start because one of these is damaged or lost. The server must\n"
      "be stopped.\n"
      "The old files stay in use until all new ones are complete, so it may be stopped at any "
      "time.\n"
      "Segments or a log that are damaged themselves cannot be made again: then nothing is\n"
      "changed.\n"
      "\n"
      "Examples:\n"
      "  oncelog rebuild --data /srv/oncelog\n"
      "  oncelog rebuild && oncelog verify");
}

int RebuildCommand::Run(Console& console) {
  const Result<Effective> effective = flags_.Read(console);
  if (!effective.ok()) return console.FailUsage(effective.error().message());
  const std::string& data = effective->settings.data;
  ProgressLine progress(console);
  const Result<RebuildReport> report =
      store::RebuildStore(store::PosixFileSystem(), data, {}, [&](uint64_t done, uint64_t all) {
        if (progress.due()) progress.Show(Bar(done, all) + "  " + MiB(done) + " read");
      });
  progress.Clear();
  if (!report.ok()) return console.Fail(report.error().message());
  if (json_) {
    PrintJson(*report, console);
    return kExitOk;
  }
  console.out << data << ": ";
  if (report->runs == 0) {
    console.out << "no index to rebuild yet";
  } else {
    console.out << "rebuilt: index and checkpoint of " << Plural(report->events, "event") << " in "
                << Plural(report->topics, "topic") << " (" << Plural(report->runs, "run") << ")";
  }
  console.out << "; the next start reads " << Plural(report->tail_events, "event")
              << " behind it from the log, as each does; " << Grouped(report->topic_indexes)
              << " topic indexes that were not right\n";
  return kExitOk;
}

}  // namespace oncelog::app
