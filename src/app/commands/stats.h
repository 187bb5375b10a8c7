// `oncelog stats`: what a server has received and stored so far.
#pragma once

#include "app/client/connection.h"
#include "app/commands/command.h"

namespace oncelog::app {

class StatsCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  ServerUrl url_;
  bool json_ = false;
};

}  // namespace oncelog::app
