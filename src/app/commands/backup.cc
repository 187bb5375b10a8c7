#include "app/commands/backup.h"

#include <CLI/CLI.hpp>

#include "app/commands/version.h"
#include "app/inside.h"
#include "app/output/backup_text.h"
#include "app/output/numbers.h"
#include "app/output/progress_line.h"
#include "app/output/table.h"
#include "store/backup/backup.h"
#include "store/low_priority.h"

namespace oncelog::app {
namespace {

using store::BackupReport;

void PrintJson(const BackupReport& report, const std::string& directory, Console& console) {
  std::string line;
  api::JsonWriter json(&line);
  json.Open('{');
  json.Member("backup", directory);
  PutBackup(report.list, &json);
  json.Member("linked_files", report.linked_files);
  json.Member("linked_bytes", report.linked_bytes);
  json.Close('}');
  console.out << line << "\n";
}

void PrintText(const BackupReport& report, const std::string& directory, Console& console) {
  console.out << directory << ": a backup of " << Plural(report.list.events, "event") << " in "
              << Plural(report.list.topics, "topic") << ", "
              << Plural(report.list.files.size(), "file") << ", " << MiB(report.list.bytes());
  if (report.linked_files > 0) {
    console.out << " (" << MiB(report.linked_bytes) << " of it in " << report.linked_files
                << " files that it shares with the store: no protection if this disk is lost)";
  }
  console.out << "\n";
}

}  // namespace

void BackupCommand::Declare(CLI::App& app) {
  app.add_option("DIR", directory_, "where to: a new directory, or an empty one")->required();
  flags_.Declare(app, {"data"});
  app.add_flag("--copy", copy_, "copy everything, also on the same file system");
  app.add_flag("--json", json_, "print the summary as one JSON object");
  app.footer(
      "Takes a consistent copy, also while the server runs: every event that was acked before the\n"
      "command began is in it. On the server's file system, files that are never written again "
      "are\n"
      "linked instead of copied, which takes neither time nor space, but does not protect against\n"
      "the loss of that disk: use --copy or another disk for that. DIR/BACKUP, with the checksums "
      "of\n"
      "all files, is written last: a directory without it is no backup. DIR holds the store's "
      "secret\n"
      "and all its events: keep it as safe as the store.\n"
      "\n"
      "Examples:\n"
      "  oncelog backup --data /srv/oncelog /mnt/backups/$(date +%F)\n"
      "  oncelog verify --data /mnt/backups/2026-01-31     # check it\n"
      "  oncelog restore /mnt/backups/2026-01-31 --data /srv/oncelog.new");
}

int BackupCommand::Run(Console& console) {
  const Result<Effective> effective = flags_.Read(console);
  if (!effective.ok()) return console.FailUsage(effective.error().message());
  const std::string& data = effective->settings.data;
  if (Inside(directory_, data)) {
    return console.FailUsage(directory_ + " lies in the store's own directory " + data +
                             ": a backup belongs elsewhere");
  }
  store::LowerPriority();  // a server may be at work
  ProgressLine progress(console);
  const Result<BackupReport> report =
      store::TakeBackup(store::PosixFileSystem(), data, directory_,
                        {.link = !copy_, .now = SystemNow(), .version = std::string(kVersion)},
                        [&](uint64_t done, uint64_t all) {
                          if (progress.due()) progress.Show(Bar(done, all) + "  " + MiB(done));
                        });
  progress.Clear();
  if (!report.ok()) return console.Fail(ForTerminal(report.error().message()));
  json_ ? PrintJson(*report, directory_, console) : PrintText(*report, directory_, console);
  return kExitOk;
}

}  // namespace oncelog::app
