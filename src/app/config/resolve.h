// Resolve: which value of each setting counts, and where it comes from.
// Flags win over the environment, that over oncelog.toml, that over the defaults.
//
//   Layer flags = {{"data", {{"/srv/oncelog"}, "--data"}}};
//   Result<Effective> e = Resolve({{flags, environment, file}});   // strongest first
//   e->settings.data; e->origins["data"];
//
// Threads: pure functions, except ReadTomlFile, which reads one file.
// Errors: kInvalid, one line that names the setting, the value, its origin and what is allowed.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/config/settings.h"
#include "base/result.h"

namespace oncelog::app {

struct GivenValue {
  std::vector<std::string> values;  // several only for lists
  std::string origin;               // "--data", "ONCELOG_DATA", "oncelog.toml:3"
};

// By the setting's name.
using Layer = std::map<std::string, GivenValue, std::less<>>;
using Environment = std::map<std::string, std::string, std::less<>>;

struct Effective {
  Settings settings;
  std::map<std::string, std::string, std::less<>> origins;  // by the setting's name
};

Result<Effective> Resolve(std::span<const Layer> layers);

// ONCELOG_* variables that are no setting are warned of: they are probably misspelled. Lists are
// separated by commas.
Layer EnvironmentLayer(const Environment& environment, std::vector<std::string>* warnings);

// An unknown key is an error with the nearest name.
Result<Layer> ParseToml(std::string_view text, std::string_view path);
Result<Layer> ReadTomlFile(const std::string& path);

}  // namespace oncelog::app
