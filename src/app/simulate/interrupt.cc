#include "app/simulate/interrupt.h"

#include <ctime>

namespace oncelog::app::simulate {

Interrupt::Interrupt() {
  sigemptyset(&wanted_);
  sigaddset(&wanted_, SIGINT);
  sigaddset(&wanted_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &wanted_, &before_);
}

Interrupt::~Interrupt() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool Interrupt::WaitFor(std::chrono::milliseconds span) {
  if (came_) return true;
  const timespec limit{.tv_sec = span.count() / 1000, .tv_nsec = span.count() % 1000 * 1'000'000};
  came_ = sigtimedwait(&wanted_, nullptr, &limit) > 0;
  return came_;
}

}  // namespace oncelog::app::simulate
