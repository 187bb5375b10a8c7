// The small parts of segments: UUIDs in text, packed integers, the block cache.

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "store/segment/block_cache.h"
#include "store/segment/packed.h"
#include "store/segment/uuid_text.h"
#include "tests/support/log_maker.h"
#include "tests/support/test_seed.h"

namespace oncelog::store {
namespace {

TEST(UuidTextTest, WhatIsCutOutComesBack) {
  std::mt19937_64 random(test::TestSeed());
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = test::RandomUuid(random);
    ASSERT_TRUE(IsUuid(uuid));
    char packed[kUuidBytes];
    std::string text(kUuidTextBytes, '?');
    PackUuid(uuid, packed);
    UnpackUuid(packed, text.data());
    ASSERT_EQ(text, uuid);
  }
}

TEST(UuidTextTest, OnlyTheSpellingThatComesBackIsTaken) {
  const std::string uuid = "0123abcd-4567-89ab-cdef-0123456789ab";
  EXPECT_TRUE(IsUuid(uuid + "\""));
  EXPECT_FALSE(IsUuid(uuid.substr(1)));
  for (size_t at = 0; at < uuid.size(); ++at) {
    for (const char wrong : {'A', 'g', '/', ':', '`', ' ', '\0', '\xff', '-', '0'}) {
      std::string other = uuid;
      other[at] = wrong;
      const bool dash = uuid[at] == '-';
      EXPECT_EQ(IsUuid(other), dash ? wrong == '-' : wrong == '0') << other;
    }
  }
}

TEST(UuidTextTest, IsFoundAtTheHintOrInItsMember) {
  const std::string uuid = "0123abcd-4567-89ab-cdef-0123456789ab";
  const std::string json = R"({"topic":"t","event_id":")" + uuid + "\"}";
  const size_t at = json.find(uuid);
  for (const size_t hint : {size_t{0}, at, at + 1, json.size(), size_t{1} << 40}) {
    EXPECT_EQ(FindUuid(json, hint), at);
  }
  const std::string elsewhere = R"({"event_id":"a","x":")" + uuid + "\"}";
  EXPECT_EQ(FindUuid(elsewhere, 0), std::nullopt);
  EXPECT_EQ(FindUuid(elsewhere, elsewhere.find(uuid)), elsewhere.find(uuid));
  EXPECT_EQ(FindUuid(R"({"event_id":"0123abcd-4567-)", 0), std::nullopt);
  EXPECT_EQ(FindUuid("", 0), std::nullopt);
}

TEST(PackedTest, IntegersComeBack) {
  std::string bytes;
  std::vector<uint64_t> values = {0, 1, 127, 128, UINT64_MAX, uint64_t{1} << 63};
  for (int shift = 0; shift < 64; ++shift) values.push_back(uint64_t{0x5555} << shift);
  for (const uint64_t value : values) PutVarint(&bytes, value);
  for (const uint64_t value : values) PutSigned(&bytes, static_cast<int64_t>(value));
  PackedReader in(bytes);
  for (const uint64_t value : values) EXPECT_EQ(in.Varint(), value);
  for (const uint64_t value : values) EXPECT_EQ(in.Signed(), static_cast<int64_t>(value));
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.remaining(), 0u);
  EXPECT_EQ(in.Varint(), 0u);
  EXPECT_FALSE(in.ok());
}

TEST(PackedTest, WhatIsTooLargeOrTooLongIsRefused) {
  PackedReader large("\x81\x01");
  EXPECT_EQ(large.VarintUpTo(128), 0u);
  EXPECT_FALSE(large.ok());
  PackedReader fits("\x81\x01");
  EXPECT_EQ(fits.VarintUpTo(129), 129u);
  PackedReader endless("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
  EXPECT_EQ(endless.Varint(), 0u);
  EXPECT_FALSE(endless.ok());
  PackedReader bytes("abc");
  EXPECT_EQ(bytes.Bytes(4), "");
  EXPECT_FALSE(bytes.ok());
}

TEST(BlockCacheTest, KeepsWhatWasUsedLastWithinItsBound) {
  BlockCache cache(100);
  const auto part = [](int n) { return std::make_shared<const int>(n); };
  for (uint32_t n = 0; n < 4; ++n) cache.Insert({0, n}, part(static_cast<int>(n)), 25);
  EXPECT_EQ(cache.figures().bytes, 100u);
  EXPECT_NE(cache.Find({0, 0}), nullptr);
  cache.Insert({0, 4}, part(4), 26);  // one byte too many for one of them
  EXPECT_EQ(cache.Find({0, 1}), nullptr);
  EXPECT_EQ(cache.Find({0, 2}), nullptr);
  EXPECT_EQ(*std::static_pointer_cast<const int>(cache.Find({0, 4})), 4);
  EXPECT_NE(cache.Find({0, 0}), nullptr);
  EXPECT_EQ(cache.figures().bytes, 76u);
  EXPECT_EQ(cache.figures().parts, 3u);
  cache.Insert({0, 5}, part(5), 101);  // larger than all of it
  EXPECT_EQ(cache.Find({0, 5}), nullptr);
  EXPECT_EQ(cache.figures().parts, 3u);
  EXPECT_EQ(cache.figures().hits, 3u);
  EXPECT_EQ(cache.figures().misses, 3u);
}

TEST(BlockCacheTest, TheFirstOfTwoStaysAndAPinnedPartLivesOn) {
  BlockCache cache(10);
  cache.Insert({1, 1}, std::make_shared<const int>(1), 10);
  const BlockCache::Part pinned = cache.Find({1, 1});
  cache.Insert({1, 1}, std::make_shared<const int>(2), 10);
  EXPECT_EQ(cache.Find({1, 1}), pinned);
  cache.Insert({2, 1}, std::make_shared<const int>(3), 10);
  EXPECT_EQ(cache.Find({1, 1}), nullptr);
  EXPECT_EQ(*std::static_pointer_cast<const int>(pinned), 1);
  EXPECT_NE(cache.NewOwner(), cache.NewOwner());
}

TEST(BlockCacheTest, ThreadsShareIt) {
  BlockCache cache(1000);
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&cache, t] {
      for (uint32_t i = 0; i < 20'000; ++i) {
        const BlockKey key{0, (i * (t + 1)) % 200};
        const BlockCache::Part found = cache.Find(key);
        if (found == nullptr) {
          cache.Insert(key, std::make_shared<const uint32_t>(key.kind_and_number), 10);
        } else {
          EXPECT_EQ(*std::static_pointer_cast<const uint32_t>(found), key.kind_and_number);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(cache.figures().bytes, 1000u);
  EXPECT_EQ(cache.figures().hits + cache.figures().misses, 80'000u);
}

}  // namespace
}  // namespace oncelog::store
