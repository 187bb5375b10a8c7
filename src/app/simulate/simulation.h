// Simulation: a whole run: the fleet sends, the server is killed now and then if it is our own, and
// all that is stored is audited.
//
//   Simulation simulation(options, server.address(), interrupt);
//   simulation.UseOwn(server, /*times=*/3);     // killed three times
//   simulation.OnProgress([](const Progress& progress) { … });
//   Status s = simulation.Run();
//   PrintReport(simulation.report(), console);
//
// Threads: one, which starts the publishers and joins them. Ownership: a server stays the caller's.
// Errors: kInvalid for a run that was there before, kIo after Ctrl-C. What is wrong with the
// server, even that it is away or cannot be read, is no error but a finding.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/client/json.h"
#include "app/config/host_port.h"
#include "app/simulate/audit.h"
#include "app/simulate/findings.h"
#include "app/simulate/fleet_publisher.h"
#include "app/simulate/interrupt.h"
#include "app/simulate/ledger.h"
#include "app/simulate/options.h"
#include "app/simulate/own_server.h"
#include "app/simulate/readback.h"
#include "app/simulate/report.h"
#include "app/simulate/stop.h"
#include "app/simulate/workload.h"

namespace oncelog::app::simulate {

struct Progress {
  const FleetCounts& counts;
  uint64_t kills = 0;
  uint64_t audited = 0;  // events that were read back; 0: still sending
  std::chrono::milliseconds elapsed{};
};

class Simulation {
 public:
  Simulation(const Options& options, const HostPort& server, Interrupt& interrupt);

  // The server is ours alone, and is killed `times` times while it is being sent to; or `disturb`
  // is called instead, which leaves it running.
  void UseOwn(OwnServer& server, uint64_t times, std::function<Status()> disturb = {});
  void OnProgress(std::function<void(const Progress&)> progress) {
    progress_ = std::move(progress);
  }
  Status Run();
  [[nodiscard]] Report report() const;

 private:
  Status Send();
  Status WatchFleet();
  Status KillOnce();
  Status Settle();
  void AuditOnce(Findings& findings);
  void CheckFigures(const Audit& audit, const Json& at_end, Findings& findings);
  void Show(uint64_t audited);
  [[nodiscard]] std::chrono::milliseconds Elapsed() const;

  const Options& options_;
  const HostPort& server_;
  Interrupt& interrupt_;
  OwnServer* own_ = nullptr;
  std::function<Status()> disturb_;
  std::function<void(const Progress&)> progress_ = [](const Progress&) {};
  Workload workload_;
  Ledger ledger_;
  Findings findings_;
  FleetCounts counts_;
  Stop stop_;
  std::atomic<uint64_t> running_ = 0;  // publishers
  Readback readback_;
  Random random_;
  std::vector<uint64_t> kills_at_;  // so many submissions answered, the next one last
  uint64_t kills_ = 0;
  Json before_;
  uint64_t unique_ = 0;
  bool audited_ = false;
  bool order_checked_ = false;
  std::vector<std::string> unchecked_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::milliseconds sending_{};
  std::chrono::milliseconds auditing_{};
};

}  // namespace oncelog::app::simulate
