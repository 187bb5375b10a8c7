#include "store/state/checkpoint.h"

#include <gtest/gtest.h>

namespace oncelog::store {
namespace {

constexpr uint64_t kSeed = 9;

std::string Example() {
  static const std::string first = "a";
  static const std::string second = "topic \xc3\xa4";
  CheckpointInput input;
  input.cover = {42};
  input.conflict_bytes_kept = 1234;
  TopicState topic;
  topic.name = &first;
  topic.events = 10;
  topic.duplicates = 4;
  topic.conflicts = 1;
  topic.bytes = 2140;
  topic.first_received_at = {1};
  topic.last_received_at = {2};
  topic.conflicts_kept = 1;
  input.topics = {topic, topic};
  input.topics[1].name = &second;
  input.topics[1].events = 11;
  return EncodeCheckpoint(input, kSeed);
}

TEST(Checkpoint, IsReadBackAsItWasWritten) {
  const Result<Checkpoint> read = DecodeCheckpoint(Example(), kSeed, "C");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->cover, Position{42});
  EXPECT_EQ(read->conflict_bytes_kept, 1234U);
  ASSERT_EQ(read->topics.size(), 2U);
  EXPECT_EQ(read->topics[0].name, "a");
  EXPECT_EQ(read->topics[1].name, "topic \xc3\xa4");
  EXPECT_EQ(read->topics[1].state.events, 11U);
  EXPECT_EQ(read->topics[0].state.duplicates, 4U);
  EXPECT_EQ(read->topics[0].state.conflicts, 1U);
  EXPECT_EQ(read->topics[0].state.bytes, 2140U);
  EXPECT_EQ(read->topics[0].state.last_received_at, UnixMs{2});
  EXPECT_EQ(read->topics[0].state.conflicts_kept, 1U);
}

TEST(Checkpoint, EveryFlippedOrMissingByteIsSeen) {
  const std::string whole = Example();
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    EXPECT_FALSE(DecodeCheckpoint(flipped, kSeed, "C").ok()) << "byte " << at;
    EXPECT_FALSE(DecodeCheckpoint(whole.substr(0, at), kSeed, "C").ok()) << "cut at " << at;
  }
  EXPECT_FALSE(DecodeCheckpoint(whole, kSeed + 1, "C").ok());
}

}  // namespace
}  // namespace oncelog::store
