#include "app/cli.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <utility>

#include "app/commands/backup.h"
#include "app/commands/bench.h"
#include "app/commands/completion.h"
#include "app/commands/config.h"
#include "app/commands/erase.h"
#include "app/commands/events.h"
#include "app/commands/export.h"
#include "app/commands/health.h"
#include "app/commands/import.h"
#include "app/commands/man.h"
#include "app/commands/publish.h"
#include "app/commands/rebuild.h"
#include "app/commands/restore.h"
#include "app/commands/retention.h"
#include "app/commands/serve.h"
#include "app/commands/simulate.h"
#include "app/commands/stats.h"
#include "app/commands/tail.h"
#include "app/commands/topics.h"
#include "app/commands/torture.h"
#include "app/commands/verify.h"
#include "app/commands/version.h"
#include "app/config/nearest.h"
#include "app/help_formatter.h"

namespace oncelog::app {
namespace {

constexpr const char* kPurpose =
    "oncelog keeps each event exactly once. Publishers may send an event as often as they like;\n"
    "it is stored durably the first time, and every later copy is recognised as a duplicate.";

constexpr const char* kExamples =
    "Examples:\n"
    "  oncelog serve                         # events in ./data, API on http://127.0.0.1:8080\n"
    "  oncelog publish events.ndjson         # send a file; safe to repeat\n"
    "  oncelog events --topic sensor.temp    # read them back\n"
    "  oncelog stats                         # what was received, stored and dropped\n"
    "\n"
    "`oncelog COMMAND --help` says more. Exit codes: 0 ok, 1 failed, 2 wrong usage.";

struct Entry {
  std::string name;
  std::string summary;
  std::unique_ptr<Command> command;
  CLI::App* app = nullptr;
};

std::vector<Entry> AllCommands() {
  std::vector<Entry> all;
  const auto add = [&all](const char* name, const char* summary, std::unique_ptr<Command> command) {
    all.push_back({name, summary, std::move(command)});
  };
  add("serve", "run the server until SIGTERM or SIGINT", std::make_unique<ServeCommand>());
  add("publish", "send events from a file or stdin, with correct retries",
      std::make_unique<PublishCommand>());
  add("events", "print stored events", std::make_unique<EventsCommand>());
  add("tail", "print events as they become durable", std::make_unique<TailCommand>());
  add("stats", "show what a server has received and stored", std::make_unique<StatsCommand>());
  add("health", "say by the exit code whether a server is ready",
      std::make_unique<HealthCommand>());
  add("topics", "list the topics with their counts", std::make_unique<TopicsCommand>());
  add("retention", "show or set how much of a topic is kept", std::make_unique<RetentionCommand>());
  add("erase", "have one event's payload go for good; its id stays known",
      std::make_unique<EraseCommand>());
  add("simulate", "let unreliable publishers loose on a server, then audit what it stored",
      std::make_unique<SimulateCommand>());
  add("torture", "certify a disk: kill, starve and damage a server on it, and audit it",
      std::make_unique<TortureCommand>());
  add("bench", "measure how fast a server is (stores events in it for good)",
      std::make_unique<BenchCommand>());
  add("export", "write all events as NDJSON, from a server or a stopped one's directory",
      std::make_unique<ExportCommand>());
  add("import", "store what `export` wrote, with the same sequences",
      std::make_unique<ImportCommand>());
  add("verify", "read all of a stopped store and say what is damaged",
      std::make_unique<VerifyCommand>());
  add("rebuild", "make index and checkpoint of a stopped store again from its log",
      std::make_unique<RebuildCommand>());
  add("backup", "take a consistent copy of a store, also while the server runs",
      std::make_unique<BackupCommand>());
  add("restore", "make a new store of a backup", std::make_unique<RestoreCommand>());
  add("config", "show all settings, their values, and where each comes from",
      std::make_unique<ConfigCommand>());
  add("completion", "print a script that completes commands and flags in a shell",
      std::make_unique<CompletionCommand>());
  add("man", "print the manual page", std::make_unique<ManCommand>());
  add("version", "print the version", std::make_unique<VersionCommand>());
  return all;
}

void SetUp(CLI::App& app, bool* version, std::vector<Entry>* commands) {
  app.name("oncelog");
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_help_flag("-h,--help", "print this");
  app.footer(kExamples);
  app.allow_extras();
  // One at most: a file called like a command is an argument of the one before it.
  app.require_subcommand(0, 1);
  app.add_flag("--version", *version, "print the version");
  for (Entry& entry : *commands) {
    entry.app = app.add_subcommand(entry.name, entry.summary);
    // What is left over is reported with a hint, see UnexpectedArgument.
    entry.app->allow_extras();
    entry.command->Declare(*entry.app);
  }
}

int HintAt(const std::string& name, const std::string& message, Console& console) {
  return console.FailUsage(message + " (see `" + name + " --help`)");
}

int UnknownCommand(const std::string& written, const std::vector<Entry>& commands,
                   Console& console) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const Entry& entry : commands) names.push_back(entry.name);
  return HintAt("oncelog", "there is no command \"" + written + "\"" + DidYouMean(written, names),
                console);
}

int UnexpectedArgument(const CLI::App& app, const std::string& name,
                       const std::vector<std::string>& rest, Console& console) {
  const auto flag = std::find_if(rest.begin(), rest.end(),
                                 [](const std::string& text) { return text.starts_with("-"); });
  if (flag == rest.end()) {
    return HintAt(name, "\"" + rest.front() + "\" is one argument too many", console);
  }
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& long_name : option->get_lnames()) known.push_back("--" + long_name);
  }
  const std::string written = flag->substr(0, flag->find('='));
  return HintAt(name, "there is no flag " + written + DidYouMean(written, known), console);
}

const Entry* Chosen(const std::vector<Entry>& commands) {
  for (const Entry& entry : commands) {
    if (entry.app->parsed()) return &entry;
  }
  return nullptr;
}

int RunParsed(CLI::App& app, bool version, std::vector<Entry>& commands, Console& console) {
  const Entry* chosen = Chosen(commands);
  const std::string name = chosen == nullptr ? "oncelog" : "oncelog " + chosen->name;
  CLI::App& asked = chosen == nullptr ? app : *chosen->app;
  if (const std::vector<std::string> rest = asked.remaining(); !rest.empty()) {
    return UnexpectedArgument(asked, name, rest, console);
  }
  if (version) return VersionCommand().Run(console);
  if (chosen == nullptr) {
    console.out << app.help();
    return kExitUsage;
  }
  return chosen->command->Run(console);
}

}  // namespace

int RunCommandLine(std::vector<std::string> arguments, Console& console) {
  std::vector<Entry> commands = AllCommands();
  bool version = false;
  CLI::App app(kPurpose);
  SetUp(app, &version, &commands);

  // `oncelog help COMMAND` is what many try first.
  if (!arguments.empty() && arguments.front() == "help") {
    arguments.front() = "--help";
    if (arguments.size() > 1) std::swap(arguments[0], arguments[1]);
  }
  if (!arguments.empty() && !arguments.front().starts_with("-")) {
    const auto is_it = [&](const Entry& entry) { return entry.name == arguments.front(); };
    if (std::none_of(commands.begin(), commands.end(), is_it)) {
      return UnknownCommand(arguments.front(), commands, console);
    }
  }
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  int exit_code = kExitOk;
  try {
    app.parse(arguments);
    exit_code = RunParsed(app, version, commands, console);
  } catch (const CLI::CallForHelp&) {
    const Entry* chosen = Chosen(commands);
    console.out << (chosen == nullptr ? app.help() : chosen->app->help("oncelog"));
  } catch (const CLI::ParseError& error) {
    const Entry* chosen = Chosen(commands);
    const std::string name = chosen == nullptr ? "oncelog" : "oncelog " + chosen->name;
    return HintAt(name, error.what(), console);
  }
  console.out.flush();
  if (!console.out && exit_code == kExitOk) return console.Fail("cannot write the output");
  return exit_code;
}

}  // namespace oncelog::app
