// Store and engine, all their threads, publishers, changes, readers and backups in orders that
// seeds choose, killed at any step of any thread, cut from power, disturbed by faults. The same
// seeds each time: `./dev simulation` tries others. The seed of a failure replays it step by step:
//
//   ONCELOG_SIMULATION_FROM=1234 ONCELOG_SIMULATION_SEEDS=1
//       build/release/tests/simulation_test --gtest_filter='*SimulatedStore.*'
#include <gtest/gtest.h>

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

struct Told {
  std::string wrong;
  uint64_t trace = 0;
  uint64_t steps = 0;
  size_t acked = 0;
};

Told Simulate(uint64_t seed) {
  Told told;
  Simulation simulation(seed);
  simulation.Run([&] {
    StoreWorld world(simulation, seed);
    for (int life = 0; life < kLives && told.wrong.empty(); ++life) told.wrong = world.Live();
    if (told.wrong.empty()) told.wrong = world.LastLife();
    told.acked = world.oracle().acked();
  });
  told.trace = simulation.trace();
  told.steps = simulation.steps();
  return told;
}

class SimulatedStore : public ::testing::TestWithParam<uint64_t> {};

TEST_P(SimulatedStore, KeepsItsPromises) {
  const uint64_t from = FromEnvironment("ONCELOG_SIMULATION_FROM", 0);
  const uint64_t seeds = FromEnvironment("ONCELOG_SIMULATION_SEEDS", 2000);
  for (uint64_t seed = from + GetParam(); seed < from + seeds; seed += kShards) {
    const Told told = Simulate(seed);
    ASSERT_EQ(told.wrong, "") << "seed " << seed;
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
