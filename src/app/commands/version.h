// `oncelog version`: which version this is.
#pragma once

#include <string_view>

#include "app/commands/command.h"

namespace oncelog::app {

inline constexpr std::string_view kVersion = ONCELOG_VERSION;

class VersionCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  bool json_ = false;
};

}  // namespace oncelog::app
