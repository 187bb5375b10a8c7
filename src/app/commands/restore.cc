#include "app/commands/restore.h"

#include <CLI/CLI.hpp>

#include "app/inside.h"
#include "app/output/backup_text.h"
#include "app/output/numbers.h"
#include "app/output/progress_line.h"
#include "app/output/table.h"
#include "store/backup/restore.h"

namespace oncelog::app {
namespace {

using store::BackupList;

void PrintJson(const BackupList& list, const std::string& data, Console& console) {
  std::string line;
  api::JsonWriter json(&line);
  json.Open('{');
  json.Member("data", data);
  PutBackup(list, &json);
  json.Close('}');
  console.out << line << "\n";
}

}  // namespace

void RestoreCommand::Declare(CLI::App& app) {
  app.add_option("BACKUP", directory_, "the directory that `oncelog backup` wrote")->required();
  flags_.Declare(app, {"data"});
  app.add_flag("--json", json_, "print the summary as one JSON object");
  app.footer(
      "Makes a new store in --data, which must not exist or be empty, by copying. The backup is\n"
      "never changed. A damaged, missing or unknown file in it refuses the restore, and nothing\n"
      "stays behind. Every id that was stored is still known, so publishers may simply send again\n"
      "what came after the backup. Cursors of the old store answer 410 stale_cursor, as sequences\n"
      "behind the backup are given out anew. What was erased after the backup is there again.\n"
      "\n"
      "Examples:\n"
      "  oncelog restore /mnt/backups/2026-01-31 --data /srv/oncelog.new\n"
      "  oncelog verify --data /srv/oncelog.new && oncelog serve --data /srv/oncelog.new");
}

int RestoreCommand::Run(Console& console) {
  const Result<Effective> effective = flags_.Read(console);
  if (!effective.ok()) return console.FailUsage(effective.error().message());
  const std::string& data = effective->settings.data;
  if (Inside(data, directory_) || Inside(directory_, data)) {
    return console.FailUsage("the backup and --data lie in each other: " + directory_ + ", " +
                             data);
  }
  ProgressLine progress(console);
  const Result<BackupList> list = store::RestoreBackup(
      store::PosixFileSystem(), directory_, data, SystemNow(), [&](uint64_t done, uint64_t all) {
        if (progress.due()) progress.Show(Bar(done, all) + "  " + MiB(done));
      });
  progress.Clear();
  if (!list.ok()) return console.Fail(ForTerminal(list.error().message()));
  if (json_) {
    PrintJson(*list, data, console);
    return kExitOk;
  }
  console.out << data << ": restored " << Plural(list->events, "event") << " in "
              << Plural(list->topics, "topic") << " as of " << FormatRfc3339(list->taken_at)
              << "; start it with `oncelog serve --data " << data << "`\n";
  return kExitOk;
}

}  // namespace oncelog::app
