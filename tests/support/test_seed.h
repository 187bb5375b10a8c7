// TestSeed: the seed of a randomised test: taken from the environment variable ONCELOG_TEST_SEED,
// else drawn; printed, so that a failure can be replayed.
//
//   std::mt19937_64 random(TestSeed());
//
// Threads: any.
#pragma once

#include <cstdint>

namespace oncelog::test {

uint64_t TestSeed();

}  // namespace oncelog::test
