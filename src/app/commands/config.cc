#include "app/commands/config.h"

#include <CLI/CLI.hpp>

#include "app/output/table.h"
#include "event/render.h"

namespace oncelog::app {
namespace {

void PrintTable(const Effective& effective, Console& console) {
  Table table({{"setting"}, {"value"}, {"from"}});
  for (const SettingSpec& spec : SettingsTable()) {
    const std::string value = ShowSetting(spec, effective.settings);
    table.Add(
        {spec.name, value.empty() ? "none" : value, effective.origins.find(spec.name)->second});
  }
  table.Print(console.out, console.colours());
}

// One object a line, so that the output can be searched and compared by lines as well.
void PrintJson(const Effective& effective, Console& console) {
  std::string out = "{\"settings\":[";
  const char* between = "\n";
  for (const SettingSpec& spec : SettingsTable()) {
    out += between;
    between = ",\n";
    const auto member = [&out](std::string_view name, std::string_view value, char before) {
      out.push_back(before);
      event::AppendJsonString(&out, name);
      out.push_back(':');
      event::AppendJsonString(&out, value);
    };
    member("name", spec.name, '{');
    member("value", ShowSetting(spec, effective.settings), ',');
    member("origin", effective.origins.find(spec.name)->second, ',');
    member("default", spec.default_text, ',');
    member("allowed", spec.allowed(), ',');
    member("flag", spec.flag(), ',');
    member("variable", spec.variable(), ',');
    member("help", spec.help, ',');
    out += "}";
  }
  console.out << out << "\n]}\n";
}

}  // namespace

void ConfigCommand::Declare(CLI::App& app) {
  flags_.Declare(app);
  app.add_flag("--json", json_, "print JSON, with defaults, bounds and help");
  app.footer(
      "A value comes from the first of: the flag, the environment's ONCELOG_NAME, the file\n"
      "oncelog.toml (or --config FILE), the default. The file holds lines like\n"
      "  data = \"/srv/oncelog\"\n"
      "  queue-bytes = \"128MiB\"\n"
      "\n"
      "Examples:\n"
      "  oncelog config\n"
      "  ONCELOG_DATA=/srv/oncelog oncelog config --json");
}

int ConfigCommand::Run(Console& console) {
  const Result<Effective> effective = flags_.Read(console);
  if (!effective.ok()) return console.FailUsage(effective.error().message());
  json_ ? PrintJson(*effective, console) : PrintTable(*effective, console);
  return kExitOk;
}

}  // namespace oncelog::app
