// Simulation: runs real threads one at a time, in an order that a seed chooses, on a clock of its
// own. What the threads do between two meetings is what they do in the product; when they meet (a
// mutex, a condition variable, a future, a clock, a sleep, the start and end of a thread) the seed
// decides who goes on. The same seed gives the same order, so that a failure can be replayed.
//
//   Simulation simulation(seed);
//   simulation.Run([&] { auto engine = Engine::Open(fs, "data", options); … });
//   EXPECT_EQ(simulation.trace(), …);                  // tells one order from another
//
// How: interpose.cc stands in front of libc's functions in this executable, for the product's code,
// libstdc++ and the test alike; so the product has no seams for it and needs none. Outside of Run
// they are libc's own. A thread holds the turn from one step to the next and hands it on by a
// semaphore; nothing but the holder of the turn runs or touches what is below.
//
// Time passes by a microsecond a step, and up to the next deadline when all threads wait (or, now
// and then, although they do not: a thread may be that slow). A test of an hour takes milliseconds.
// If all threads wait and there is no deadline, or the body waits for an hour, that is a deadlock
// or a lost wake-up: the process says which thread waits for what, and aborts.
//
// What it does not see: what happens between two meetings, so data races (ThreadSanitizer does),
// and what depends on several processors. Not for builds with sanitizers, which stand in front of
// the same functions.
//
// Source: a seeded scheduler under unchanged code, as in CHESS (Musuvathi et al., OSDI 2008) and
// PCT (Burckhardt et al., "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs",
// ASPLOS 2010).
//
// Threads: Run on one thread at a time; one Simulation at a time in a process.
// Units: nanoseconds.
#pragma once

#include <pthread.h>
#include <semaphore.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace oncelog::test {

class Simulation {
 public:
  explicit Simulation(uint64_t seed);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // All threads that the body starts must have ended with it.
  void Run(const std::function<void()>& body);
  // So many steps from now, as soon as the thread that then runs holds no lock, it calls `then`
  // before it goes on. One at a time: the one before is forgotten. Only within Run.
  void After(uint64_t steps, std::function<void()> then);
  void Forget() { then_at_ = kNever; }

  [[nodiscard]] uint64_t steps() const { return steps_; }
  [[nodiscard]] uint64_t switches() const { return switches_; }
  [[nodiscard]] uint64_t trace() const { return trace_; }  // a hash of who ran when

  // For interpose.cc. The simulation that the calling thread is part of, or null.
  static Simulation* Current();
  static constexpr uint64_t kNever = UINT64_MAX;

  // A place where another thread may go on first.
  void Step();
  // Until somebody wakes a waiter for `object`; false if the deadline came first. `what` is for the
  // message about a deadlock; who waits for a condition may be woken for no reason.
  bool WaitFor(const void* object, const char* what, uint64_t deadline = kNever,
               bool condition = false);
  void WakeOne(const void* object);
  void WakeAll(const void* object);
  void Locked();
  void Unlocked();
  [[nodiscard]] uint64_t now() const { return now_; }
  uint64_t Random() { return random_(); }

  using Routine = void* (*)(void*);
  using Create = std::function<int(pthread_t* handle, Routine routine, void* argument)>;
  int Start(pthread_t* handle, Routine routine, void* argument, const Create& create);
  void AwaitEnd(pthread_t handle);

 private:
  struct Thread;

  static void* RunThread(void* thread);
  Thread& Add();
  uint64_t Draw(uint64_t below) { return random_() % below; }
  void DrawWeights();
  void Wake(const void* object, size_t count);
  void WakeForNoReason();
  // Who goes on; if that is nobody, it does not return.
  Thread& Choose();
  [[nodiscard]] uint64_t NextDeadline() const;
  void HandOver(Thread& next);
  [[noreturn]] void Deadlock(const char* what) const;

  std::mt19937_64 random_;
  const uint64_t seed_;
  uint64_t switch_every_;
  bool wakes_for_no_reason_;
  uint64_t now_;
  uint64_t steps_ = 0;
  uint64_t switches_ = 0;
  uint64_t trace_ = 0;
  uint64_t then_at_ = kNever;
  std::function<void()> then_;
  std::vector<std::unique_ptr<Thread>> threads_;  // the body's is the first
};

}  // namespace oncelog::test
