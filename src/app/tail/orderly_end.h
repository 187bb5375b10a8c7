// OrderlyEnd: ends the process with exit code 0 on SIGINT, SIGTERM, or when nobody reads its output
// any more, but not in the middle of what is to be done as a whole.
//
//   OrderlyEnd end;             // before any other thread is started
//   {
//     const auto whole = end.Hold();
//     …print, flush, save the cursor…
//   }
//   …wait for the server…       // the end may come here
//
// Threads: Hold from one thread; it has a thread of its own. One object a process.
// An output that takes nothing for kPatience is not waited for.
#pragma once

#include <chrono>
#include <mutex>
#include <thread>

#include "net/descriptor.h"

namespace oncelog::app {

class OrderlyEnd {
 public:
  static constexpr std::chrono::seconds kPatience{2};

  OrderlyEnd();
  ~OrderlyEnd();
  OrderlyEnd(const OrderlyEnd&) = delete;
  OrderlyEnd& operator=(const OrderlyEnd&) = delete;

  [[noreturn]] static void Now();
  [[nodiscard]] std::unique_lock<std::timed_mutex> Hold() { return std::unique_lock(held_); }

 private:
  void Watch();

  std::timed_mutex held_;
  net::Descriptor signals_;
  net::Descriptor ended_;
  std::thread thread_;
};

}  // namespace oncelog::app
