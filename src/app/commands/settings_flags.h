// SettingsFlags: the flags of the settings table, --config, and how they combine with environment
// and file. Shared by `serve` and `config`.
//
//   SettingsFlags flags;  flags.Declare(app);
//   Result<Effective> effective = flags.Read(console);   // warnings are printed
//
// Threads: one. Errors: kInvalid, see config/resolve.h.
#pragma once

#include <map>
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
  Result<Effective> Read(Console& console) const;

 private:
  Result<Layer> FileLayer(const Console& console) const;

  std::string config_path_;
  std::map<std::string, std::vector<std::string>> values_;  // by the setting's name
};

}  // namespace oncelog::app
