#include "app/commands/import.h"

#include <CLI/CLI.hpp>

namespace oncelog::app {

void ImportCommand::Declare(CLI::App& app) {
  DeclareInput(app, "what `oncelog export` wrote; - for standard input")->required();
  DeclareSending(app);
  app.footer(
      "Publishes the events in their order. An empty store numbers those of each topic 1, 2, 3\n"
      "and so on, which is the sequence each had, unless events before it were gone at the time\n"
      "of the export (erased, or no longer kept). Says how many got another sequence, and why.\n"
      "It is safe to repeat: what is stored already counts as a duplicate. `received_at` becomes\n"
      "the time of the import; counts of duplicates and conflicts, and the ids of events that are\n"
      "gone, are not part of an export. Exits with 1 if any event was refused.\n"
      "\n"
      "Examples:\n"
      "  oncelog import events.ndjson\n"
      "  zstd -dc events.ndjson.zst | oncelog import - --url http://other:8080");
}

int ImportCommand::Run(Console& console) {
  compare_sequences_ = true;
  return PublishCommand::Run(console);
}

}  // namespace oncelog::app
