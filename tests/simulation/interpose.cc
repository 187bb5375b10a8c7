// Stands in front of the functions of libc where threads meet and of those that tell what differs
// from run to run (the time, what is random): the linker takes them from the executable before it
// looks into libc, for shared libraries as well. On a thread of a Simulation they ask it; on any
// other they are libc's own.
//
// A mutex stays libc's own and is only tried, never waited for: it does not matter whether it was
// locked within the simulation. Condition variables and futexes of the simulation's threads live
// in the simulation alone.

#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdarg>

#include "tests/simulation/scheduler.h"

using oncelog::test::Simulation;

namespace {

constexpr uint64_t kSecond = 1'000'000'000;

uint64_t NsOf(const timespec& time) {
  return static_cast<uint64_t>(time.tv_sec) * kSecond + static_cast<uint64_t>(time.tv_nsec);
}

// libc's own, of the version that programs of today get: some have an older one beside it.
template <typename Function>
Function* Own(Function*& known, const char* name, const char* version = nullptr) {
  if (known == nullptr) {
    void* found = version == nullptr ? nullptr : dlvsym(RTLD_NEXT, name, version);
    if (found == nullptr) found = dlsym(RTLD_NEXT, name);
    known = reinterpret_cast<Function*>(found);
  }
  return known;
}

// The same function in libc.
#define ONCELOG_OWN(name)                             \
  ([]() -> decltype(&name) {                          \
    static constinit decltype(&name) known = nullptr; \
    return Own(known, #name);                         \
  }())
#define ONCELOG_OWN_OF(name, version)                 \
  ([]() -> decltype(&name) {                          \
    static constinit decltype(&name) known = nullptr; \
    return Own(known, #name, version);                \
  }())

// Takes a lock by trying as often as it was let go.
template <typename Lock, typename Try>
int LockBy(Lock* lock, Try* attempt, const char* what) {
  Simulation& simulation = *Simulation::Current();
  simulation.Step();
  int outcome = attempt(lock);
  for (; outcome == EBUSY; outcome = attempt(lock)) simulation.WaitFor(lock, what);
  if (outcome == 0) simulation.Locked();
  return outcome;
}

template <typename Lock, typename Try>
int TryBy(Lock* lock, Try* attempt) {
  Simulation* simulation = Simulation::Current();
  if (simulation == nullptr) return attempt(lock);
  simulation->Step();
  const int outcome = attempt(lock);
  if (outcome == 0) simulation->Locked();
  return outcome;
}

template <typename Lock, typename Unlock>
int UnlockBy(Lock* lock, Unlock* unlock) {
  const int outcome = unlock(lock);
  if (Simulation* simulation = Simulation::Current(); simulation != nullptr) {
    simulation->Unlocked();
    simulation->WakeAll(lock);
    simulation->Step();
  }
  return outcome;
}

int AwaitCondition(pthread_cond_t* condition, pthread_mutex_t* mutex, uint64_t deadline) {
  Simulation& simulation = *Simulation::Current();
  // Not through the function above: between the unlock and the wait nobody may go first.
  ONCELOG_OWN(pthread_mutex_unlock)(mutex);
  simulation.Unlocked();
  simulation.WakeAll(mutex);
  const bool woken = simulation.WaitFor(condition, "a condition variable", deadline, true);
  pthread_mutex_lock(mutex);
  return woken ? 0 : ETIMEDOUT;
}

long Futex(Simulation& simulation, const std::array<long, 6>& arguments) {
  auto* word = reinterpret_cast<const int*>(arguments[0]);
  const auto operation = static_cast<int>(arguments[1]) & FUTEX_CMD_MASK;
  simulation.Step();
  if (operation == FUTEX_WAKE || operation == FUTEX_WAKE_BITSET) {
    simulation.WakeAll(word);  // more than was asked for: they look again
    return 1;
  }
  if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != static_cast<int>(arguments[2])) {
    errno = EAGAIN;
    return -1;
  }
  uint64_t deadline = Simulation::kNever;
  if (const auto* time = reinterpret_cast<const timespec*>(arguments[3]); time != nullptr) {
    deadline = NsOf(*time) + (operation == FUTEX_WAIT ? simulation.now() : 0);
  }
  if (simulation.WaitFor(word, "a futex", deadline)) return 0;
  errno = ETIMEDOUT;
  return -1;
}

bool IsOfProcess(clockid_t clock) {
  return clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID;
}

}  // namespace

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  if (Simulation::Current() == nullptr) return ONCELOG_OWN(pthread_mutex_lock)(mutex);
  return LockBy(mutex, ONCELOG_OWN(pthread_mutex_trylock), "a mutex");
}
int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  return TryBy(mutex, ONCELOG_OWN(pthread_mutex_trylock));
}
int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
  return UnlockBy(mutex, ONCELOG_OWN(pthread_mutex_unlock));
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  if (Simulation::Current() == nullptr) return ONCELOG_OWN(pthread_rwlock_rdlock)(lock);
  return LockBy(lock, ONCELOG_OWN(pthread_rwlock_tryrdlock), "a shared mutex, to read");
}
int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  if (Simulation::Current() == nullptr) return ONCELOG_OWN(pthread_rwlock_wrlock)(lock);
  return LockBy(lock, ONCELOG_OWN(pthread_rwlock_trywrlock), "a shared mutex, to write");
}
int pthread_rwlock_tryrdlock(pthread_rwlock_t* lock) noexcept {
  return TryBy(lock, ONCELOG_OWN(pthread_rwlock_tryrdlock));
}
int pthread_rwlock_trywrlock(pthread_rwlock_t* lock) noexcept {
  return TryBy(lock, ONCELOG_OWN(pthread_rwlock_trywrlock));
}
int pthread_rwlock_unlock(pthread_rwlock_t* lock) noexcept {
  return UnlockBy(lock, ONCELOG_OWN(pthread_rwlock_unlock));
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  if (Simulation::Current() == nullptr) {
    return ONCELOG_OWN_OF(pthread_cond_wait, "GLIBC_2.3.2")(condition, mutex);
  }
  return AwaitCondition(condition, mutex, Simulation::kNever);
}
int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex,
                           const timespec* until) {
  if (Simulation::Current() == nullptr) {
    return ONCELOG_OWN_OF(pthread_cond_timedwait, "GLIBC_2.3.2")(condition, mutex, until);
  }
  return AwaitCondition(condition, mutex, NsOf(*until));
}
int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock,
                           const timespec* until) {
  if (Simulation::Current() == nullptr) {
    return ONCELOG_OWN(pthread_cond_clockwait)(condition, mutex, clock, until);
  }
  return AwaitCondition(condition, mutex, NsOf(*until));
}
int pthread_cond_signal(pthread_cond_t* condition) noexcept {
  if (Simulation* simulation = Simulation::Current(); simulation != nullptr) {
    simulation->WakeOne(condition);
    simulation->Step();
    return 0;
  }
  return ONCELOG_OWN_OF(pthread_cond_signal, "GLIBC_2.3.2")(condition);
}
int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
  if (Simulation* simulation = Simulation::Current(); simulation != nullptr) {
    simulation->WakeAll(condition);
    simulation->Step();
    return 0;
  }
  return ONCELOG_OWN_OF(pthread_cond_broadcast, "GLIBC_2.3.2")(condition);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*routine)(void*),
                   void* argument) noexcept {
  const auto own = ONCELOG_OWN(pthread_create);
  Simulation* simulation = Simulation::Current();
  if (simulation == nullptr) return own(thread, attributes, routine, argument);
  return simulation->Start(
      thread, routine, argument,
      [=](pthread_t* handle, Simulation::Routine with_turn, void* of_simulation) {
        return own(handle, attributes, with_turn, of_simulation);
      });
}
int pthread_join(pthread_t thread, void** outcome) {
  if (Simulation* simulation = Simulation::Current(); simulation != nullptr) {
    simulation->AwaitEnd(thread);
  }
  return ONCELOG_OWN(pthread_join)(thread, outcome);
}

// Futexes, which std::future waits on.
long syscall(long number, ...) noexcept {
  std::array<long, 6> arguments{};
  va_list list;
  va_start(list, number);
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  Simulation* simulation = Simulation::Current();
  if (simulation != nullptr && number == SYS_futex) return Futex(*simulation, arguments);
  return ONCELOG_OWN(syscall)(number, arguments[0], arguments[1], arguments[2], arguments[3],
                              arguments[4], arguments[5]);
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  Simulation* simulation = Simulation::Current();
  if (simulation == nullptr || IsOfProcess(clock)) return ONCELOG_OWN(clock_gettime)(clock, time);
  simulation->Step();
  time->tv_sec = static_cast<time_t>(simulation->now() / kSecond);
  time->tv_nsec = static_cast<long>(simulation->now() % kSecond);
  return 0;
}
int nanosleep(const timespec* time, timespec* left) {
  Simulation* simulation = Simulation::Current();
  if (simulation == nullptr) return ONCELOG_OWN(nanosleep)(time, left);
  simulation->WaitFor(nullptr, "a sleep", simulation->now() + NsOf(*time));
  return 0;
}
int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  Simulation* simulation = Simulation::Current();
  if (simulation == nullptr) return ONCELOG_OWN(clock_nanosleep)(clock, flags, time, left);
  const uint64_t from = (flags & TIMER_ABSTIME) != 0 ? 0 : simulation->now();
  simulation->WaitFor(nullptr, "a sleep", from + NsOf(*time));
  return 0;
}
int sched_yield() noexcept {
  Simulation* simulation = Simulation::Current();
  if (simulation == nullptr) return ONCELOG_OWN(sched_yield)();
  simulation->Step();
  return 0;
}
// A thread of the lowest priority that has the turn would keep all others waiting.
int setpriority(__priority_which_t which, id_t who, int priority) noexcept {
  if (Simulation::Current() != nullptr) return 0;
  return ONCELOG_OWN(setpriority)(which, who, priority);
}

// std::random_device::operator()
unsigned int _ZNSt13random_device9_M_getvalEv(void* device) {
  if (Simulation* simulation = Simulation::Current(); simulation != nullptr) {
    return static_cast<unsigned int>(simulation->Random());
  }
  return ONCELOG_OWN(_ZNSt13random_device9_M_getvalEv)(device);
}

}  // extern "C"
