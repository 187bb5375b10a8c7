// Disturber: does to a running server what machines do to it: kills it under load, kills it while
// it starts, lets every write to a file fail, lets no file or connection be opened. The seed draws
// which, and how long.
//
//   Disturber disturber(server, random, interrupt, report);
//   Status s = disturber.Disturb();       // it answers again
//
// Threads: one. Ownership: of nothing. Errors: kIo when the server does not start again.
#pragma once

#include "app/simulate/interrupt.h"
#include "app/simulate/own_server.h"
#include "app/simulate/random.h"
#include "app/torture/report.h"

namespace oncelog::app::torture {

class Disturber {
 public:
  Disturber(simulate::OwnServer& server, simulate::Random& random, simulate::Interrupt& interrupt,
            Report& report)
      : server_(server), random_(random), interrupt_(interrupt), report_(report) {}

  Status Disturb();

 private:
  Status KillAndStart();
  Status KillRecovery();
  Status FailWrites();
  Status TakeDescriptors();
  // Up to so many milliseconds, unless Ctrl-C comes.
  void Pause(uint64_t most);

  simulate::OwnServer& server_;
  simulate::Random& random_;
  simulate::Interrupt& interrupt_;
  Report& report_;
};

}  // namespace oncelog::app::torture
