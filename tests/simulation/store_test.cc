// Store and engine, all their threads, publishers, changes, readers and backups in orders that
// seeds choose, killed at any step of any thread, cut from power, disturbed by faults. The same
// seeds each time: `./dev simulation` tries others. The seed of a failure replays it step by step:
//
//   ONCELOG_SIMULATION_FROM=1234 ONCELOG_SIMULATION_SEEDS=1
//       build/release/tests/simulation_test --gtest_filter='*SimulatedStore.*'
#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/simulation/scheduler.h"
#include "tests/simulation/store_world.h"

namespace oncelog::test {
namespace {

constexpr int kLives = 6;
constexpr uint64_t kShards = 8;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* given = std::getenv(name);
  return given == nullptr ? otherwise : std::strtoull(given, nullptr, 10);
}

constexpr unsigned kSecondsMax = 300;  // of a seed, which takes a tenth of a second

struct Told {
  std::string wrong;
  uint64_t trace = 0;
  uint64_t steps = 0;
  size_t acked = 0;
  StoreWorld::Happened happened;
};

std::atomic<uint64_t> running_seed{0};

// A process that ends in the middle names the seed, too. (Not safe in a signal handler by the book;
// what could be lost is the message.)
void NameSeed(int signal) {
  std::fprintf(stderr, "signal %d in the simulation with seed %llu\n", signal,
               static_cast<unsigned long long>(running_seed.load()));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

Told Simulate(uint64_t seed) {
  running_seed = seed;
  for (const int signal : {SIGABRT, SIGSEGV, SIGALRM}) std::signal(signal, NameSeed);
  alarm(kSecondsMax);
  Told told;
  Simulation simulation(seed);
  simulation.Run([&] {
    StoreWorld world(simulation, seed);
    for (int life = 0; life < kLives && told.wrong.empty(); ++life) told.wrong = world.Live();
    if (told.wrong.empty()) told.wrong = world.LastLife();
    told.acked = world.oracle().acked();
    told.happened = world.happened();
  });
  alarm(0);
  told.trace = simulation.trace();
  told.steps = simulation.steps();
  return told;
}

class SimulatedStore : public ::testing::TestWithParam<uint64_t> {};

TEST_P(SimulatedStore, KeepsItsPromises) {
  const uint64_t from = FromEnvironment("ONCELOG_SIMULATION_FROM", 0);
  const uint64_t seeds = FromEnvironment("ONCELOG_SIMULATION_SEEDS", 2000);
  StoreWorld::Happened all;
  for (uint64_t seed = from + GetParam(); seed < from + seeds; seed += kShards) {
    const Told told = Simulate(seed);
    ASSERT_EQ(told.wrong, "") << "seed " << seed
                              << "; to replay it: ONCELOG_SIMULATION_FROM=" << seed
                              << " ONCELOG_SIMULATION_SEEDS=1";
    all.deaths += told.happened.deaths;
    all.faults += told.happened.faults;
    all.backups += told.happened.backups;
    all.segments += told.happened.segments;
    all.rewritten += told.happened.rewritten;
    all.gone += told.happened.gone;
  }
  std::printf(
      "deaths %llu, faults %llu, backups %llu, segments %llu, rewritten %llu, gone %llu\n",
      static_cast<unsigned long long>(all.deaths), static_cast<unsigned long long>(all.faults),
      static_cast<unsigned long long>(all.backups), static_cast<unsigned long long>(all.segments),
      static_cast<unsigned long long>(all.rewritten), static_cast<unsigned long long>(all.gone));
  if (seeds < 100 * kShards) return;
  for (const uint64_t often :
       {all.deaths, all.faults, all.backups, all.segments, all.rewritten, all.gone}) {
    EXPECT_GT(often, 20U) << "too little happens to prove anything";
  }
}
INSTANTIATE_TEST_SUITE_P(Shards, SimulatedStore, ::testing::Range<uint64_t>(0, kShards));

TEST(SimulatedStoreReplay, ASeedIsReplayedStepByStep) {
  for (uint64_t seed = 0; seed < 3; ++seed) {
    const Told first = Simulate(seed);
    const Told again = Simulate(seed);
    EXPECT_EQ(first.trace, again.trace);
    EXPECT_EQ(first.steps, again.steps);
    EXPECT_EQ(first.acked, again.acked);
    EXPECT_GT(first.acked, 0U);
  }
}

}  // namespace
}  // namespace oncelog::test
