// `oncelog bench`: how fast a running server is, with its verdicts checked.
#pragma once

#include <string>

#include "app/bench/driver.h"
#include "app/client/connection.h"
#include "app/commands/command.h"

namespace oncelog::app {

class BenchCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  // Fills in what depends on other flags, and checks the rest.
  Result<bench::LoadOptions> Options() const;
  // Whether the server may be filled: its events are from benchmarks, or --yes was said.
  Status AskServer(Connection& server) const;

  ServerUrl url_;
  bench::LoadOptions given_;
  std::string time_max_ = "5min";
  int connections_ = 0;  // 0: by the kind of load
  uint64_t depth_ = 0;   // 0: by the kind of load
  bool yes_ = false;
  bool json_ = false;
};

}  // namespace oncelog::app
