// SettingsFlags: the flags of the settings table, --config, and how they combine with environment
// and file. Shared by `serve`,
// `config` and the commands that open a data directory themselves.
//
//   SettingsFlags flags;  flags.Declare(app);
//   Result<Effective> effective = flags.Read(console);   // warnings are printed
//
// Threads: one. Errors: kInvalid, see config/resolve.h.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/config/resolve.h"
#include "app/output/console.h"

namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class App;
}

namespace oncelog::app {

class SettingsFlags {
 public:
  void Declare(CLI::App& app);
  // Only those settings, for a command that has no use for the others.
  void Declare(CLI::App& app, const std::set<std::string>& names);
  Result<Effective> Read(Console& console) const;

 private:
  void DeclareOne(CLI::App& app, const SettingSpec& spec);
  Result<Layer> FileLayer(const Console& console) const;

  std::string config_path_;
  std::map<std::string, std::vector<std::string>> values_;  // by the setting's name
};

}  // namespace oncelog::app
