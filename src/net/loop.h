// Loop: one thread with one io_context, the members that live on it, and one sweep over them per
// tick. Knows nothing of HTTP.
//
//   Loop loop(std::chrono::seconds(1));
//   loop.Start();
//   loop.Post([] { ... });             // runs on the loop, soon
//   loop.BeginStop();                  // members are told; the loop ends with its last member
//   if (!loop.EndsBefore(deadline)) loop.Abort();
//   loop.Join();
//
// Threads: Post, Wake, OnThisThread, BeginStop and Abort from any; EndsBefore and Join from the
// owner; the rest on the loop's own thread. However many Posts and Wakes come while the loop is
// busy, they cost one wake-up. Ownership: members are shared; a stopped loop lets go of them, and
// drops what is posted later.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace oncelog::net {

class Loop {
 public:
  using Clock = std::chrono::steady_clock;

  class Member {
   public:
    virtual ~Member() = default;
    virtual void OnTick(Clock::time_point now) = 0;
    virtual void OnWake() {}        // after Wake
    virtual void OnStopping() = 0;  // finish what was begun, then Remove yourself
    virtual void OnAbort() = 0;     // Remove yourself at once
  };
  using Place = std::list<std::shared_ptr<Member>>::iterator;

  explicit Loop(std::chrono::milliseconds tick) : tick_(tick), timer_(io_) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void Start();
  void BeginStop();
  void Abort();
  bool EndsBefore(Clock::time_point deadline);
  void Join();

  void Post(std::function<void()> work);
  void Wake(std::shared_ptr<Member> member);
  [[nodiscard]] bool OnThisThread() const {
    return std::this_thread::get_id() == thread_id_.load(std::memory_order_relaxed);
  }

  // A member added while the loop is stopping is told so at once.
  Place Add(std::shared_ptr<Member> member);
  void Remove(Place place);
  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  [[nodiscard]] Clock::time_point now() const { return now_; }  // of the last tick
  [[nodiscard]] std::chrono::milliseconds tick() const { return tick_; }
  [[nodiscard]] bool stopping() const { return stopping_; }

 private:
  struct Inbox {
    std::vector<std::shared_ptr<Member>> woken;
    std::vector<std::function<void()>> works;
    bool announced = false;
    bool closed = false;
  };

  template <typename Put>
  void Announce(Put put);
  void Drain();
  void Tick();
  void ArmTimer();
  void CloseIfEmpty();
  template <typename Tell>
  void TellMembers(Tell tell);

  const std::chrono::milliseconds tick_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer timer_;
  Clock::time_point now_ = Clock::now();
  std::list<std::shared_ptr<Member>> members_;
  bool stopping_ = false;
  bool telling_ = false;

  std::mutex mutex_;
  Inbox inbox_;  // guarded by mutex_

  std::thread thread_;
  std::atomic<std::thread::id> thread_id_;
  std::promise<void> ended_;
};

}  // namespace oncelog::net
