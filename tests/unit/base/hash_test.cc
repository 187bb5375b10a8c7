// Golden values: what these functions return stands on disk, so it must never change.
#include "base/hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace oncelog {
namespace {

std::string CountingSecret() {
  std::string secret;
  for (size_t i = 0; i < kHashSecretBytes; ++i) secret.push_back(static_cast<char>(i));
  return secret;
}

TEST(Checksum64, IsXxh3) {
  EXPECT_EQ(Checksum64("", 0), 0x2d06800538d394c2u);  // published with XXH3
  EXPECT_EQ(Checksum64("oncelog", 0), 0x4c66701e451c7f8eu);
}

TEST(Checksum64, DependsOnTheSeed) {
  EXPECT_EQ(Checksum64("oncelog", 1), 0x21b1381d6fe3fd38u);
  EXPECT_NE(Checksum64("oncelog", 1), Checksum64("oncelog", 0));
}

TEST(HashKey, HasGoldenValues) {
  const HashKey key(CountingSecret());
  EXPECT_EQ(key.Hash(""), (Hash128{0x8b8cd8035286eaed, 0xd0e0e91e473fe05f}));
  EXPECT_EQ(key.Hash("sensor.temp"), (Hash128{0x0ace8a2784b912f2, 0xa6b446c42ffee026}));
  EXPECT_EQ(key.Hash(std::string(1000, 'x')), (Hash128{0xe9119d46f95b45dc, 0x01c62d36efa7e43f}));
  EXPECT_EQ(key.Hash64(""), 0x8fee3b9f2e65472fu);
  EXPECT_EQ(key.Hash64("sensor.temp"), 0x5e915c8e1b86029du);
}

TEST(HashKey, EveryByteOfTheSecretCounts) {
  std::set<Hash128> hashes;
  hashes.insert(HashKey(CountingSecret()).Hash("sensor.temp"));
  for (size_t i = 0; i < kHashSecretBytes; ++i) {
    std::string secret = CountingSecret();
    secret[i] = static_cast<char>(secret[i] ^ 1);
    hashes.insert(HashKey(secret).Hash("sensor.temp"));
  }
  EXPECT_EQ(hashes.size(), kHashSecretBytes + 1);
}

TEST(HashKeyDeathTest, WantsAWholeSecret) {
  EXPECT_DEATH(HashKey(std::string(kHashSecretBytes - 1, 's')), "full length");
}

}  // namespace
}  // namespace oncelog
