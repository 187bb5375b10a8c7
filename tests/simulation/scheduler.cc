#include "tests/simulation/scheduler.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/check.h"

namespace oncelog::test {
namespace {

constexpr uint64_t kStepNs = 1'000;
constexpr uint64_t kStepsMax = 100'000'000;  // a hundred thousand are many
constexpr uint64_t kStartNs = uint64_t{1'700'000'000} * 1'000'000'000;
constexpr uint64_t kTooLongNs = uint64_t{3600} * 1'000'000'000;
// One in so many choices: a thread is slower than the next deadline; the favourites change; a
// waiter wakes for no reason.
constexpr uint64_t kLateEvery = 128;
constexpr uint64_t kWeightsEvery = 512;
constexpr uint64_t kNoReasonEvery = 64;

// All threads on one core, as one at a time runs: handing on the turn is then a switch there, not a
// wake-up of another core. Best effort.
class OneCore {
 public:
  OneCore() {
    if (sched_getaffinity(0, sizeof before_, &before_) != 0) return;
    known_ = true;
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(static_cast<size_t>(sched_getcpu()), &here);
    sched_setaffinity(0, sizeof here, &here);
  }
  ~OneCore() {
    if (known_) sched_setaffinity(0, sizeof before_, &before_);
  }
  OneCore(const OneCore&) = delete;
  OneCore& operator=(const OneCore&) = delete;

 private:
  cpu_set_t before_{};
  bool known_ = false;
};

}  // namespace

struct Simulation::Thread {
  enum class State { kReady, kWaiting, kEnded, kJoined };

  Thread(Simulation& of, size_t its_number) : simulation(of), number(its_number) {
    Check(sem_init(&turn, 0, 0) == 0, "a semaphore can be made");
  }
  ~Thread() { sem_destroy(&turn); }
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  Simulation& simulation;
  const size_t number;
  sem_t turn;
  pthread_t handle{};
  Routine routine = nullptr;
  void* argument = nullptr;

  State state = State::kReady;
  const void* waits_for = nullptr;
  const char* what = "";
  uint64_t deadline = kNever;
  bool condition = false;
  uint64_t waits_since = 0;
  bool woken = false;
  size_t locks = 0;
  uint64_t weight = 1;

  static thread_local Thread* self;
};

thread_local Simulation::Thread* Simulation::Thread::self = nullptr;

Simulation::Simulation(uint64_t seed)
    : random_(seed),
      seed_(seed),
      switch_every_(std::array<uint64_t, 5>{1, 2, 4, 16, 64}[Draw(5)]),
      wakes_for_no_reason_(Draw(4) == 0),
      now_(kStartNs) {}

Simulation::~Simulation() = default;

Simulation* Simulation::Current() {
  return Thread::self == nullptr ? nullptr : &Thread::self->simulation;
}

Simulation::Thread& Simulation::Add() {
  threads_.push_back(std::make_unique<Thread>(*this, threads_.size()));
  return *threads_.back();
}

void Simulation::Run(const std::function<void()>& body) {
  Check(Thread::self == nullptr && threads_.empty(), "a simulation runs once, and not in another");
  Thread& main = Add();
  main.handle = pthread_self();
  Thread::self = &main;
  const OneCore one_core;
  [&]() noexcept { body(); }();  // who throws out of it leaves threads behind
  Thread::self = nullptr;
  for (const auto& thread : threads_) {
    Check(thread.get() == &main || thread->state == Thread::State::kJoined,
          "all threads have ended before the simulation does");
  }
}

void Simulation::After(uint64_t steps, std::function<void()> then) {
  then_at_ = steps_ + steps;
  then_ = std::move(then);
}

void Simulation::Step() {
  ++steps_;
  now_ += kStepNs;
  if (steps_ > kStepsMax) Deadlock("it does not come to an end");
  if (steps_ >= then_at_ && Thread::self->locks == 0) {
    then_at_ = kNever;
    std::exchange(then_, nullptr)();
  }
  if (Draw(switch_every_) == 0) HandOver(Choose());
}

bool Simulation::WaitFor(const void* object, const char* what, uint64_t deadline, bool condition) {
  Thread& self = *Thread::self;
  self.state = Thread::State::kWaiting;
  self.waits_for = object;
  self.what = what;
  self.deadline = deadline;
  self.condition = condition;
  self.waits_since = now_;
  self.woken = false;
  HandOver(Choose());
  return self.woken;
}

void Simulation::WakeOne(const void* object) { Wake(object, 1); }
void Simulation::WakeAll(const void* object) { Wake(object, SIZE_MAX); }

void Simulation::Wake(const void* object, size_t count) {
  std::vector<Thread*> waiting;
  for (const auto& thread : threads_) {
    if (thread->state == Thread::State::kWaiting && thread->waits_for == object) {
      waiting.push_back(thread.get());
    }
  }
  for (; count > 0 && !waiting.empty(); --count) {
    const size_t which = waiting.size() == 1 ? 0 : Draw(waiting.size());
    waiting[which]->state = Thread::State::kReady;
    waiting[which]->woken = true;
    waiting.erase(waiting.begin() + static_cast<ptrdiff_t>(which));
  }
}

// As condition variables may.
void Simulation::WakeForNoReason() {
  const auto& thread = threads_[Draw(threads_.size())];
  if (thread->state != Thread::State::kWaiting || !thread->condition) return;
  thread->state = Thread::State::kReady;
  thread->woken = true;
}

void Simulation::Locked() { ++Thread::self->locks; }
void Simulation::Unlocked() { --Thread::self->locks; }

uint64_t Simulation::NextDeadline() const {
  uint64_t next = kNever;
  for (const auto& thread : threads_) {
    if (thread->state == Thread::State::kWaiting) next = std::min(next, thread->deadline);
  }
  return next;
}

void Simulation::DrawWeights() {
  for (const auto& thread : threads_) thread->weight = uint64_t{1} << 2 * Draw(4);
}

Simulation::Thread& Simulation::Choose() {
  if (Draw(kWeightsEvery) == 0) DrawWeights();
  const auto is_ready = [](const auto& thread) { return thread->state == Thread::State::kReady; };
  const bool all_wait = std::none_of(threads_.begin(), threads_.end(), is_ready);
  if (const uint64_t next = NextDeadline(); next != kNever) {
    if (all_wait || Draw(kLateEvery) == 0) now_ = std::max(now_, next);
  } else if (all_wait) {
    Deadlock("all threads wait");
  }
  if (threads_[0]->state == Thread::State::kWaiting && threads_[0]->deadline == kNever &&
      now_ - threads_[0]->waits_since > kTooLongNs) {
    Deadlock("the first thread has waited for an hour");
  }
  if (wakes_for_no_reason_ && !all_wait && Draw(kNoReasonEvery) == 0) WakeForNoReason();
  uint64_t weights = 0;
  for (const auto& thread : threads_) {
    const bool late = thread->state == Thread::State::kWaiting && thread->deadline <= now_;
    if (late) thread->state = Thread::State::kReady;
    if (is_ready(thread)) weights += thread->weight;
  }
  uint64_t drawn = Draw(weights);
  for (const auto& thread : threads_) {
    if (!is_ready(thread)) continue;
    if (drawn < thread->weight) return *thread;
    drawn -= thread->weight;
  }
  CheckFailed("a drawn weight belongs to a thread");
}

void Simulation::HandOver(Thread& next) {
  trace_ = (trace_ ^ (steps_ + (next.number << 48))) * 0x9e3779b97f4a7c15U;
  Thread& self = *Thread::self;
  if (&next == &self) return;
  ++switches_;
  const bool comes_back = self.state != Thread::State::kEnded;
  sem_post(&next.turn);  // from here on all that is shared belongs to `next`
  if (!comes_back) return;
  while (sem_wait(&self.turn) != 0) {
  }
}

int Simulation::Start(pthread_t* handle, Routine routine, void* argument, const Create& create) {
  Thread& thread = Add();
  thread.weight = uint64_t{1} << 2 * Draw(4);
  thread.routine = routine;
  thread.argument = argument;
  const int outcome = create(&thread.handle, RunThread, &thread);
  if (outcome != 0) {
    threads_.pop_back();
    return outcome;
  }
  *handle = thread.handle;
  Step();
  return 0;
}

void* Simulation::RunThread(void* argument) {
  Thread& self = *static_cast<Thread*>(argument);
  Thread::self = &self;
  while (sem_wait(&self.turn) != 0) {
  }
  void* outcome = self.routine(self.argument);
  Simulation& simulation = self.simulation;
  self.state = Thread::State::kEnded;
  simulation.WakeAll(&self);
  simulation.HandOver(simulation.Choose());
  Thread::self = nullptr;
  return outcome;
}

void Simulation::AwaitEnd(pthread_t handle) {
  Step();
  for (const auto& thread : threads_) {
    if (thread->state == Thread::State::kJoined || pthread_equal(thread->handle, handle) == 0) {
      continue;
    }
    while (thread->state != Thread::State::kEnded) WaitFor(thread.get(), "the end of a thread");
    thread->state = Thread::State::kJoined;
    return;
  }
}

void Simulation::Deadlock(const char* what) const {
  std::fprintf(stderr, "simulation with seed %llu, step %llu: %s\n",
               static_cast<unsigned long long>(seed_), static_cast<unsigned long long>(steps_),
               what);
  for (const auto& thread : threads_) {
    if (thread->state != Thread::State::kWaiting) continue;
    std::array<char, 16> name{};
    pthread_getname_np(thread->handle, name.data(), name.size());
    std::fprintf(stderr, "  thread %zu (%s) waits for %s at %p\n", thread->number, name.data(),
                 thread->what, thread->waits_for);
  }
  std::abort();
}

}  // namespace oncelog::test
