#include "store/state/checkpoint.h"

#include <gtest/gtest.h>

namespace oncelog::store {
namespace {

constexpr uint64_t kSeed = 9;

RetentionState ExampleRetention() {
  RetentionState retention;
  retention.Set({0}, {.retention_age_seconds = 3600, .retention_bytes = 0});
  retention.Retain({1}, {4});
  for (const uint64_t sequence : {6, 7, 11}) retention.Erase({1}, {sequence});
  return retention;
}

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
  TopicState other = topic;
  other.name = &second;
  other.events = 11;
  input.topics = TopicStates::Of({topic, other});
  input.retention = ExampleRetention();
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

TEST(Checkpoint, WhatIsGoneIsReadBackAsItWasWritten) {
  const Result<Checkpoint> read = DecodeCheckpoint(Example(), kSeed, "C");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->retention.SettingsOf({0}).retention_age_seconds, 3600U);
  EXPECT_EQ(read->retention.erased_runs(), 2U);
  ASSERT_NE(read->retention.Find({1}), nullptr);
  const RetentionState::Topic& topic = *read->retention.Find({1});
  EXPECT_EQ(topic.gone(), 6U);
  for (uint64_t sequence = 1; sequence <= 11; ++sequence) {
    const bool gone = sequence < 4 || sequence == 6 || sequence == 7 || sequence == 11;
    EXPECT_EQ(topic.IsGone({sequence}), gone) << sequence;
  }
}

TEST(Checkpoint, AStoreThatLostNothingHasNoSectionForIt) {
  static const std::string name = "a";
  CheckpointInput input;
  TopicState topic;
  topic.name = &name;
  topic.events = 3;
  input.topics = TopicStates::Of({topic});
  const size_t without = EncodeCheckpoint(input, kSeed).size();
  input.retention.Set({0}, {.retention_age_seconds = 1, .retention_bytes = 0});
  EXPECT_EQ(EncodeCheckpoint(input, kSeed).size(), without + 16 + 4 + 32);
}

TEST(Checkpoint, WhatCannotBeGoneIsDamage) {
  static const std::string name = "a";
  CheckpointInput input;
  TopicState topic;
  topic.name = &name;
  topic.events = 3;
  input.topics = TopicStates::Of({topic});
  RetentionState beyond_head;
  beyond_head.Erase({0}, {4});
  RetentionState kept_beyond_head;
  kept_beyond_head.Retain({0}, {5});
  RetentionState unknown_topic;
  unknown_topic.Set({1}, {});
  for (const RetentionState& wrong : {beyond_head, kept_beyond_head, unknown_topic}) {
    input.retention = wrong;
    const Result<Checkpoint> read = DecodeCheckpoint(EncodeCheckpoint(input, kSeed), kSeed, "C");
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code(), Code::kDamaged);
  }
  input.retention = {};
  input.retention.Retain({0}, {4});
  EXPECT_TRUE(DecodeCheckpoint(EncodeCheckpoint(input, kSeed), kSeed, "C").ok());
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
