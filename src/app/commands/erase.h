// `oncelog erase`: has one event's payload go; its id stays known.
#pragma once

#include <string>

#include "app/client/connection.h"
#include "app/commands/command.h"

namespace oncelog::app {

class EraseCommand : public Command {
 public:
  void Declare(CLI::App& app) override;
  int Run(Console& console) override;

 private:
  ServerUrl url_;
  std::string topic_;
  std::string event_id_;
  bool json_ = false;
};

}  // namespace oncelog::app
