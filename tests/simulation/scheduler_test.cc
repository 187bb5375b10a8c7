// The simulation itself: is a seed one order and are seeds many, does time pass by itself, and does
// it find what it is there for: lost updates, lost wake-ups, deadlocks.
#include "tests/simulation/scheduler.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <random>
#include <set>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

namespace oncelog::test {
namespace {

using std::chrono::hours;
using std::chrono::steady_clock;

constexpr uint64_t kSeeds = 200;

// What three threads write who take turns as they please.
std::string Interleaving(uint64_t seed, uint64_t* trace) {
  std::string written;
  Simulation simulation(seed);
  simulation.Run([&] {
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (const char letter : {'a', 'b', 'c'}) {
      threads.emplace_back([&, letter] {
        for (int i = 0; i < 3; ++i) {
          const std::lock_guard lock(mutex);
          written += letter;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  *trace = simulation.trace();
  return written;
}

TEST(Scheduler, ASeedIsOneOrderAndSeedsAreMany) {
  std::set<std::string> orders;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    uint64_t first = 0;
    uint64_t again = 0;
    const std::string written = Interleaving(seed, &first);
    EXPECT_EQ(written.size(), 9U);
    EXPECT_EQ(Interleaving(seed, &again), written);
    EXPECT_EQ(first, again);
    orders.insert(written);
  }
  EXPECT_GT(orders.size(), kSeeds / 4);
}

TEST(Scheduler, TimePassesByItself) {
  const auto start = steady_clock::now();
  Simulation simulation(1);
  simulation.Run([] {
    const auto before = steady_clock::now();
    const auto today = std::chrono::system_clock::now();
    std::this_thread::sleep_for(hours(5));
    EXPECT_GE(steady_clock::now() - before, hours(5));
    EXPECT_GE(std::chrono::system_clock::now() - today, hours(5));
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    EXPECT_FALSE(never.wait_for(lock, hours(3), [] { return false; }));
    EXPECT_GE(steady_clock::now() - before, hours(8));
    std::promise<void> promise;
    EXPECT_EQ(promise.get_future().wait_for(hours(1)), std::future_status::timeout);
  });
  EXPECT_LT(steady_clock::now() - start, hours(1));
}

TEST(Scheduler, WhatIsRandomComesFromTheSeed) {
  const auto drawn = [](uint64_t seed) {
    unsigned int value = 0;
    Simulation simulation(seed);
    simulation.Run([&] { value = std::random_device()(); });
    return value;
  };
  EXPECT_EQ(drawn(1), drawn(1));
  EXPECT_NE(drawn(1), drawn(2));
}

TEST(Scheduler, ResultsComeThroughFutures) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Simulation simulation(seed);
    simulation.Run([] {
      std::promise<int> promise;
      std::thread giver([&] { promise.set_value(7); });
      EXPECT_EQ(promise.get_future().get(), 7);
      giver.join();
    });
  }
}

TEST(Scheduler, SharedLocksKeepWritersOut) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Simulation simulation(seed);
    simulation.Run([] {
      std::shared_mutex mutex;
      int readers = 0;  // changed between meetings only, so no atomic is needed
      bool writing = false;
      std::vector<std::thread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
          if (i < 2) {
            const std::shared_lock lock(mutex);
            ++readers;
            std::this_thread::yield();
            EXPECT_FALSE(writing);
            --readers;
          } else {
            const std::unique_lock lock(mutex);
            writing = true;
            std::this_thread::yield();
            EXPECT_EQ(readers, 0);
            writing = false;
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
    });
  }
}

TEST(Scheduler, FindsAnUpdateThatIsLostBetweenTwoLocks) {
  uint64_t lost = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    int count = 0;
    Simulation simulation(seed);
    simulation.Run([&] {
      std::mutex mutex;
      const auto increment = [&] {
        mutex.lock();
        const int before = count;
        mutex.unlock();  // the mistake
        mutex.lock();
        count = before + 1;
        mutex.unlock();
      };
      std::thread other(increment);
      increment();
      other.join();
    });
    lost += count == 1 ? 1 : 0;
  }
  EXPECT_GT(lost, kSeeds / 20);
  EXPECT_LT(lost, kSeeds);
}

TEST(Scheduler, CallsWhatWasAskedForWhileNoLockIsHeld) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    int called = 0;
    Simulation simulation(seed);
    simulation.Run([&] {
      std::mutex mutex;
      bool held = false;
      simulation.After(seed % 10, [&] {
        ++called;
        EXPECT_FALSE(held);
      });
      for (int i = 0; i < 10; ++i) {
        const std::lock_guard lock(mutex);
        held = true;
        std::this_thread::yield();
        held = false;
      }
    });
    EXPECT_EQ(called, 1);
  }
}

TEST(Scheduler, WaitersMayWakeForNoReason) {
  uint64_t early = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Simulation simulation(seed);
    simulation.Run([&] {
      std::mutex mutex;
      std::condition_variable news;
      bool told = false;
      std::thread giver([&] {
        for (int i = 0; i < 100; ++i) std::this_thread::yield();
        const std::lock_guard lock(mutex);
        told = true;
        news.notify_one();
      });
      std::unique_lock lock(mutex);
      if (!told) news.wait(lock);
      early += told ? 0 : 1;
      news.wait(lock, [&] { return told; });
      lock.unlock();
      giver.join();
    });
  }
  EXPECT_GT(early, 0U);
  EXPECT_LT(early, kSeeds / 2);
}

// A wake-up comes between the look at the flag and the wait, in some orders.
void LoseAWakeUp() {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Simulation simulation(seed);
    simulation.Run([] {
      std::mutex mutex;
      std::condition_variable news;
      bool ready = false;
      std::thread giver([&] {
        mutex.lock();
        ready = true;
        mutex.unlock();
        news.notify_one();
      });
      mutex.lock();
      const bool was_ready = ready;
      mutex.unlock();  // the mistake
      std::unique_lock lock(mutex);
      if (!was_ready) news.wait(lock);
      lock.unlock();
      giver.join();
    });
  }
}

void LockInTwoOrders() {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    Simulation simulation(seed);
    simulation.Run([] {
      std::mutex one;
      std::mutex two;
      std::thread other([&] {
        const std::lock_guard first(two);
        const std::lock_guard second(one);
      });
      {
        const std::lock_guard first(one);
        const std::lock_guard second(two);
      }
      other.join();
    });
  }
}

TEST(SchedulerDeathTest, FindsALostWakeUp) {
  EXPECT_DEATH(LoseAWakeUp(), "all threads wait.*\n.*waits for a condition variable");
}

TEST(SchedulerDeathTest, FindsADeadlock) {
  EXPECT_DEATH(LockInTwoOrders(), "all threads wait.*\n.*waits for a.*\n.*waits for a mutex");
}

}  // namespace
}  // namespace oncelog::test
