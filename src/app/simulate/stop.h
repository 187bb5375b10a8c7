// Stop: tells the publishers to end, and ends their waits.
//
//   while (!stop.asked()) { …; stop.WaitFor(backoff); }
//
// Threads: any. Units: milliseconds.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace oncelog::app::simulate {

class Stop {
 public:
  void Ask() {
    {
      const std::lock_guard lock(mutex_);
      asked_ = true;
    }
    came_.notify_all();
  }
  [[nodiscard]] bool asked() const { return asked_; }
  void WaitFor(std::chrono::milliseconds span) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, span, [this] { return asked_.load(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::atomic<bool> asked_ = false;
};

}  // namespace oncelog::app::simulate
