#include "event/identity.h"

#include <gtest/gtest.h>

#include <string>

#include "event/limits.h"

namespace oncelog::event {
namespace {

const HashKey kKey("0123456789abcdef0123456789abcdef");

TEST(FingerprintOf, TellsTopicAndEventIdApart) {
  EXPECT_EQ(FingerprintOf(kKey, "a", "b"), FingerprintOf(kKey, "a", "b"));
  EXPECT_NE(FingerprintOf(kKey, "a", "bc"), FingerprintOf(kKey, "ab", "c"));
  EXPECT_NE(FingerprintOf(kKey, "a", "b"), FingerprintOf(kKey, "b", "a"));
  EXPECT_NE(FingerprintOf(kKey, "a", "b"),
            FingerprintOf(HashKey("0123456789abcdef0123456789abcdeX"), "a", "b"));
}

TEST(FingerprintOf, TakesTheLongestNames) {
  const std::string topic(kTopicBytesMax, 't');
  const std::string id(kEventIdBytesMax, 'i');
  EXPECT_LT(FingerprintOf(kKey, topic, id).low40, uint64_t{1} << 40);
}

// Stores remember these for ever.
TEST(FingerprintOf, HasGoldenValues) {
  const Fingerprint id = FingerprintOf(kKey, "sensor.temp", "evt_001");
  EXPECT_EQ(id.high, 0xfc8a8372cf6f5557U);
  EXPECT_EQ(id.low40, 0x8e8bfd9938U);
}

TEST(IndexEntry, KeepsItsPartsApart) {
  const Fingerprint id{0x0123456789abcdef, 0xfe'dcba'9876};
  const ContentHash content{0x1234'5678'9abc};
  for (const uint64_t sequence :
       {uint64_t{0}, uint64_t{1}, uint64_t{0xffff}, uint64_t{0x10000}, kSequenceMax}) {
    const IndexEntry entry = IndexEntry::Make(id, Sequence{sequence}, content);
    EXPECT_EQ(entry.fingerprint(), id);
    EXPECT_EQ(entry.sequence(), Sequence{sequence});
    EXPECT_EQ(entry.content(), content);
  }
}

}  // namespace
}  // namespace oncelog::event
