// Torture: rounds of everything that may happen to a server, on a disk of the user's choice. In
// each round a new store is filled by the fleet of `oncelog simulate` while a Disturber works on
// its server; all is audited; events of another topic are erased; it is stopped. In small stores
// beside it, single calls of the file system fail. Then copies of it are damaged and tried.
//
//   Torture torture(options, interrupt);
//   torture.OnProgress([](const Report& so_far) { … });
//   Status s = torture.Run();
//   PrintReport(torture.report(), console);
//
// Threads: one, which starts others within a round. Errors: kIo when it could not go on (no space,
// interrupted); broken promises are in the report. What failed stays in options.directory.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/simulate/interrupt.h"
#include "app/simulate/options.h"
#include "app/simulate/own_server.h"
#include "app/simulate/random.h"
#include "app/torture/damage.h"
#include "app/torture/fault_trial.h"
#include "app/torture/options.h"
#include "app/torture/report.h"
#include "base/result.h"
#include "store/fs/fault_file_system.h"

namespace oncelog::app::torture {

class Torture {
 public:
  Torture(const Options& options, simulate::Interrupt& interrupt);

  void OnProgress(std::function<void(const Report&)> progress) { progress_ = std::move(progress); }
  Status Run();
  [[nodiscard]] const Report& report() const { return report_; }

 private:
  Status Round();
  [[nodiscard]] simulate::Options FleetOptions();
  Status Load(const simulate::Options& fleet, simulate::OwnServer& server);
  Status FailCalls();
  Status FailCall(FaultTrial& trial, const std::optional<store::Fault>& fault);
  Status TryDamages(const simulate::Options& fleet);
  Status TryOne(const simulate::Options& fleet, const std::vector<std::string>& files,
                Damage damage);
  [[nodiscard]] bool TimeIsUp() const;
  void Show();

  const Options& options_;
  const std::vector<std::string> server_flags_;
  simulate::Interrupt& interrupt_;
  simulate::Random random_;
  Report report_;
  std::function<void(const Report&)> progress_ = [](const Report&) {};
  std::string store_, copy_, faults_, log_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace oncelog::app::torture
