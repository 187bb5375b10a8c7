#include "app/commands/settings_flags.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>

namespace oncelog::app {
namespace {

constexpr const char* kDefaultConfig = "oncelog.toml";

std::string HelpOf(const SettingSpec& spec) {
  if (spec.is_switch() || spec.default_text.empty()) return spec.help;
  return spec.help + " (default " + spec.default_text + ")";
}

}  // namespace

void SettingsFlags::Declare(CLI::App& app) {
  std::set<std::string> all;
  for (const SettingSpec& spec : SettingsTable()) all.insert(spec.name);
  Declare(app, all);
}

void SettingsFlags::Declare(CLI::App& app, const std::set<std::string>& names) {
  app.add_option("--config", config_path_,
                 "read settings from this file (default oncelog.toml, if there is one)")
      ->type_name("FILE");
  for (const SettingSpec& spec : SettingsTable()) {
    if (names.count(spec.name) > 0) DeclareOne(app, spec);
  }
}

void SettingsFlags::DeclareOne(CLI::App& app, const SettingSpec& spec) {
  std::vector<std::string>& values = values_[spec.name];
  CLI::Option* option = nullptr;
  if (spec.is_switch()) {
    option = app.add_flag_function(
        spec.flag(), [&values](int64_t times) { values.assign(1, times > 0 ? "true" : "false"); },
        HelpOf(spec));
  } else {
    option = app.add_option(spec.flag(), values, HelpOf(spec))
                 ->type_name(spec.placeholder())
                 ->allow_extra_args(false);
  }
  if (spec.advanced) option->group("Tuning (the defaults are good)");
}

Result<Layer> SettingsFlags::FileLayer(const Console& console) const {
  if (!config_path_.empty()) return ReadTomlFile(config_path_);
  const auto variable = console.environment.find("ONCELOG_CONFIG");
  if (variable != console.environment.end() && !variable->second.empty()) {
    return ReadTomlFile(variable->second);
  }
  if (access(kDefaultConfig, F_OK) != 0) return Layer{};
  return ReadTomlFile(kDefaultConfig);
}

Result<Effective> SettingsFlags::Read(Console& console) const {
  Layer flags;
  for (const auto& [name, values] : values_) {
    if (!values.empty()) flags[name] = {values, "--" + name};
  }
  std::vector<std::string> warnings;
  Layer environment = EnvironmentLayer(console.environment, &warnings);
  for (const std::string& warning : warnings) console.Fail("warning: " + warning);
  const Result<Layer> file = FileLayer(console);
  if (!file.ok()) return file.error();
  const std::array<Layer, 3> layers = {std::move(flags), std::move(environment), *file};
  return Resolve(layers);
}

}  // namespace oncelog::app
