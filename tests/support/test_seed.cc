#include "tests/support/test_seed.h"

#include <cstdio>
#include <cstdlib>
#include <random>

namespace oncelog::test {

uint64_t TestSeed() {
  const char* given = std::getenv("ONCELOG_TEST_SEED");
  std::random_device device;
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : device();
  std::printf("ONCELOG_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace oncelog::test
