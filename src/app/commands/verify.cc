#include "app/commands/verify.h"

#include <CLI/CLI.hpp>

#include "api/json_writer.h"
#include "app/output/numbers.h"
#include "app/output/progress_line.h"
#include "app/output/table.h"
#include "store/backup/restore.h"
#include "store/verify/verifier.h"

namespace oncelog::app {
namespace {

using store::Finding;
using store::VerifyReport;

void PrintJson(const VerifyReport& report, const std::string& data, Console& console) {
  std::string line;
  api::JsonWriter json(&line);
  json.Open('{');
  json.Key("clean");
  json.Bool(report.clean());
  json.Member("data", data);
  json.Member("files", report.files);
  json.Member("bytes", report.bytes);
  json.Member("segments", report.segments);
  json.Member("frames", report.frames);
  json.Member("events", report.events);
  json.Member("duplicates", report.duplicates);
  json.Member("conflicts", report.conflicts);
  json.Member("topics", report.topics);
  json.Member("index_entries", report.index_entries);
  json.Member("events_behind_index", report.tail_events);
  json.Key("clean_stop");
  json.Bool(report.clean_stop);
  json.Member("damage_count", report.findings.damage_count());
  json.Key("damage");
  json.Open('[');
  for (const Finding& finding : report.findings.damage()) {
    json.Open('{');
    json.Member("file", finding.file);
    json.Key("offset");
    finding.offset ? json.Number(*finding.offset) : json.Null();
    json.Key("topic");
    finding.topic.empty() ? json.Null() : json.Text(finding.topic);
    json.Key("first_sequence");
    finding.first_sequence == 0 ? json.Null() : json.Number(finding.first_sequence);
    json.Key("last_sequence");
    finding.last_sequence == 0 ? json.Null() : json.Number(finding.last_sequence);
    json.Member("what", finding.what);
    json.Close('}');
  }
  json.Close(']');
  json.Key("notes");
  json.Open('[');
  for (const std::string& note : report.findings.notes()) json.Text(note);
  json.Close(']');
  json.Close('}');
  console.out << line << "\n";
}

void PrintText(const VerifyReport& report, const std::string& data, Console& console) {
  const store::Findings& findings = report.findings;
  for (const Finding& finding : findings.damage()) {
    console.out << "damage: " << ForTerminal(Describe(finding)) << "\n";
  }
  if (findings.damage_count() > findings.damage().size()) {
    console.out << "damage: and " << Grouped(findings.damage_count() - findings.damage().size())
                << " more\n";
  }
  for (const std::string& note : findings.notes()) {
    console.out << "note: " << ForTerminal(note) << "\n";
  }
  Table table({{""}, {"", Align::kRight}, {""}});
  table.Add({"events", Grouped(report.events), "in " + Plural(report.topics, "topic")});
  table.Add({"duplicates", Grouped(report.duplicates),
             "conflicts among them: " + Grouped(report.conflicts)});
  table.Add({"index entries", Grouped(report.index_entries), ""});
  table.Add({"not yet in the index", Grouped(report.tail_events), "read again by each start"});
  table.Add({"segments", Grouped(report.segments), ""});
  table.Add({"log frames", Grouped(report.frames), ""});
  table.Print(console.out, console.colours());
  console.out << data << ": " << Plural(report.files, "file") << ", " << MiB(report.bytes)
              << " read: "
              << (report.clean() ? "all is as it was written"
                                 : "DAMAGED in " + Plural(findings.damage_count(), "place"))
              << "\n";
}

// A backup is held against its own list first, then looked at as the store that it would become.
Result<VerifyReport> VerifyBackup(store::FileSystem& fs, const std::string& backup,
                                  const store::VerifyProgress& progress) {
  const Result<store::BackupCheck> check = store::CheckBackup(fs, backup, progress);
  if (!check.ok()) return check.error();
  const bool clean = check->findings.damage_count() == 0;
  Result<VerifyReport> report = store::VerifyFiles(fs, backup, progress);
  if (!report.ok()) {
    if (clean) return report;
    const std::string why = report.error().message();
    report = VerifyReport();
    report->findings.Note(why);
  }
  for (const Finding& finding : check->findings.damage()) report->findings.Damage(finding);
  report->findings.Note("a backup of " + FormatRfc3339(check->list.taken_at) + " by oncelog " +
                        check->list.version);
  return report;
}

Result<VerifyReport> Verify(const std::string& data, const store::VerifyProgress& progress) {
  store::FileSystem& fs = store::PosixFileSystem();
  const Result<bool> backup = fs.Exists(store::BackupListPath(data));
  if (!backup.ok()) return backup.error();
  return *backup ? VerifyBackup(fs, data, progress) : store::VerifyStore(fs, data, progress);
}

}  // namespace

void VerifyCommand::Declare(CLI::App& app) {
  flags_.Declare(app, {"data"});
  app.add_flag("--json", json_, "print the report as one JSON object");
  app.footer(
      "Reads every byte up to the end of the log, counts all events again, and compares index,\n"
      "checkpoint and topic indexes with segments and log. The server must be stopped. Nothing\n"
      "is changed. Each damage is a line that names file, offset, topic and sequences. What\n"
      "`kill -9` or a power cut leaves is no damage: behind the last frame of the log may be\n"
      "anything, and it is not looked at. A backup is also held against the checksums in its file\n"
      "BACKUP.\n"
      "Exit codes: 0 clean, 1 damage, 2 not verified (wrong usage, no store there, in use,\n"
      "of a newer format).\n"
      "\n"
      "Examples:\n"
      "  oncelog verify --data /srv/oncelog\n"
      "  oncelog verify --data /mnt/backups/2026-01-31\n"
      "  oncelog verify --json | jq '.damage[].file'");
}

int VerifyCommand::Run(Console& console) {
  const Result<Effective> effective = flags_.Read(console);
  if (!effective.ok()) return console.FailUsage(effective.error().message());
  const std::string& data = effective->settings.data;
  ProgressLine progress(console);
  const Result<VerifyReport> report = Verify(data, [&](uint64_t done, uint64_t all) {
    if (progress.due()) progress.Show(Bar(done, all) + "  " + MiB(done) + " read");
  });
  progress.Clear();
  if (!report.ok()) {
    console.Fail(report.error().message() + " (nothing was verified)");
    return kExitUsage;
  }
  json_ ? PrintJson(*report, data, console) : PrintText(*report, data, console);
  return report->clean() ? kExitOk : kExitFailed;
}

}  // namespace oncelog::app
