// `oncelog torture`: servers of its own, killed, starved and damaged on a disk of the user's
// choice, and audited. Exit codes: 0 PASS, 1 FAIL, 2 it could not begin.
#pragma once

#include <string>

#include "app/commands/command.h"
#include "app/torture/options.h"
#include "app/torture/torture.h"

namespace oncelog::app {

class TortureCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  Status Complete();
  Status MakeDirectory();
  void ShowProgress(const torture::Report& report, Console& console) const;
  int Finish(const Status& done, const torture::Report& report, bool interrupted, Console& console);

  torture::Options options_;
  std::string parent_;
  std::string seed_;
  double minutes_ = 10;
  bool json_ = false;
};

}  // namespace oncelog::app
