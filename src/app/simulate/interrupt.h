// Interrupt: Ctrl-C and SIGTERM as a question, so that a run can clean up after itself.
//
//   Interrupt interrupt;                       // before any other thread is started
//   while (!interrupt.WaitFor(50ms)) ...       // true: one of them came, now or before
//
// Threads: one, which is also the one that made it. Both signals are blocked while it lives, in
// that thread and in those it starts.
#pragma once

#include <chrono>
#include <csignal>

namespace oncelog::app::simulate {

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool WaitFor(std::chrono::milliseconds span);
  bool Came() { return WaitFor(std::chrono::milliseconds(0)); }

 private:
  sigset_t wanted_;
  sigset_t before_;
  bool came_ = false;
};

}  // namespace oncelog::app::simulate
