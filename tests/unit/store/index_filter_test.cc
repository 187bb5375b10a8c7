// The filter: never a wrong "not there", seldom a wrong "perhaps", always the same bits.

#include "store/index/filter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/hash.h"
#include "store/index/run_file.h"
#include "tests/support/index_entries.h"

namespace oncelog::store {
namespace {

using test::Mixed;

TEST(FilterTest, OfAMillionKeysNoneIsMissedAndFewOthersPass) {
  constexpr uint64_t kKeys = 1'000'000;
  Filter filter(Filter::BlocksFor(kKeys));
  for (uint64_t n = 0; n < kKeys; ++n) filter.Add(Mixed(n));
  uint64_t missed = 0;
  uint64_t passed = 0;
  for (uint64_t n = 0; n < kKeys; ++n) {
    missed += filter.MayContain(Mixed(n)) ? 0 : 1;
    passed += filter.MayContain(Mixed(kKeys + n)) ? 1 : 0;
  }
  EXPECT_EQ(missed, 0u);
  EXPECT_LT(passed, kKeys / 100);  // the same in every run: about 0.5 %
  EXPECT_GT(passed, kKeys / 1000);
}

TEST(FilterTest, AnEmptyOneHoldsNothing) {
  const Filter filter(Filter::BlocksFor(0));
  for (uint64_t n = 0; n < 1000; ++n) EXPECT_FALSE(filter.MayContain(Mixed(n)));
}

TEST(FilterTest, KeysAtTheEdges) {
  Filter filter(3);
  for (const uint64_t key : {uint64_t{0}, UINT64_MAX, uint64_t{1} << 63, uint64_t{UINT32_MAX}}) {
    filter.Add(key);
    EXPECT_TRUE(filter.MayContain(key));
  }
}

TEST(FilterTest, IsSizedByItsKeys) {
  EXPECT_EQ(Filter::BlocksFor(0), 1u);
  EXPECT_EQ(Filter::BlocksFor(1), 1u);
  EXPECT_EQ(Filter::BlocksFor(64), 3u);  // 768 bits
  EXPECT_EQ(Filter::BlocksFor(65), 4u);
  Filter filter(129);
  EXPECT_EQ(filter.bytes().size(), 2 * kRunPageBytes);
}

// One key sets eight bits, one in each word of its block, as the specification says.
TEST(FilterTest, SetsTheBitsOfTheSpecification) {
  constexpr uint32_t kKey = 0x12345678;
  Filter filter(2);
  filter.Add(uint64_t{0x80000000} << 32 | kKey);  // the upper half chooses the second block
  const char* block = filter.bytes().data() + Filter::kBlockBytes;
  const std::array<uint32_t, 8> salts = {0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
                                         0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(LoadLe<uint32_t>(block + 4 * i), uint32_t{1} << (kKey * salts[i] >> 27)) << i;
  }
  const char* begin = filter.bytes().data();
  EXPECT_TRUE(std::all_of(begin, block, [](char byte) { return byte == 0; }));
}

}  // namespace
}  // namespace oncelog::store
