// `oncelog simulate`: a fleet of at-least-once publishers, and an audit of what became of its
// events.
#pragma once

#include <cstdint>
#include <string>

#include "app/client/connection.h"
#include "app/commands/command.h"
#include "app/simulate/options.h"
#include "app/simulate/report.h"
#include "app/simulate/simulation.h"

namespace oncelog::app {

class SimulateCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  void DeclareFaults(CLI::App& app);
  Status Complete(Console& console);
  int RunAgainst(const HostPort& server, Console& console);
  int RunOwn(Console& console);
  int Finish(simulate::Simulation& simulation, Console& console);

  ServerUrl url_;
  simulate::Options options_;
  std::string seed_;
  std::string body_ = "events";
  std::string retry_for_ = "60s";
  std::string data_;
  uint64_t kills_ = 0;
  bool start_ = false;
  bool json_ = false;
};

}  // namespace oncelog::app
