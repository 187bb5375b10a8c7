#include "app/torture/disturber.h"

#include <sys/resource.h>

#include <chrono>

namespace oncelog::app::torture {

Status Disturber::Disturb() {
  switch (random_.Below(6)) {
    case 0: return KillRecovery();
    case 1: return FailWrites();
    case 2: return TakeDescriptors();
    default: return KillAndStart();
  }
}

Status Disturber::KillAndStart() {
  server_.Kill();
  ++report_.kills;
  return server_.Start(interrupt_);
}

Status Disturber::KillRecovery() {
  server_.Kill();
  ++report_.kills;
  for (uint64_t times = 1 + random_.Below(3); times > 0; --times) {
    if (Status s = server_.Spawn(); !s.ok()) return s;
    Pause(80);
    server_.Kill();
    ++report_.recovery_kills;
  }
  return server_.Start(interrupt_);
}

// After a failed write the store takes nothing more until it is started again.
Status Disturber::FailWrites() {
  server_.Limit(RLIMIT_FSIZE, 0);
  ++report_.failed_writes;
  Pause(100);
  return KillAndStart();
}

// It is to mend by itself.
Status Disturber::TakeDescriptors() {
  server_.Limit(RLIMIT_NOFILE, 4);
  ++report_.no_descriptors;
  Pause(200);
  server_.Limit(RLIMIT_NOFILE, {});
  return OkStatus();
}

void Disturber::Pause(uint64_t most) {
  (void)interrupt_.WaitFor(std::chrono::milliseconds(random_.Below(most)));
}

}  // namespace oncelog::app::torture
