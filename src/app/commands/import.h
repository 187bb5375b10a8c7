// `oncelog import`: stores what `oncelog export` wrote: `publish`, and whether the events got the
// sequences that they had.
#pragma once

#include "app/commands/publish.h"

namespace oncelog::app {

class ImportCommand : public PublishCommand {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;
};

}  // namespace oncelog::app
