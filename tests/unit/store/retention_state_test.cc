#include "store/state/retention_state.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "tests/support/test_seed.h"

namespace oncelog::store {
namespace {

constexpr TopicId kTopic{3};

event::RecordView EraseRecord(Sequence sequence, std::string* bytes) {
  event::AppendEraseRecord(bytes, kTopic, event::IndexEntry::Make({1, 2}, sequence, {3}), 10, 0);
  return *event::ParseRecord(*bytes, 0, true);
}

event::RecordView RetainRecord(Sequence first_kept, std::string* bytes) {
  event::AppendRetainRecord(bytes, kTopic, first_kept, 10, 0);
  return *event::ParseRecord(*bytes, 0, true);
}

TEST(RetentionState, KnowsNothingAtFirst) {
  const RetentionState state;
  EXPECT_TRUE(state.topics().empty());
  EXPECT_FALSE(state.IsGone(kTopic, {1}));
  EXPECT_EQ(state.SettingsOf(kTopic), event::TopicSettings{});
}

// Against a plain set of all that is gone.
TEST(RetentionState, AgreesWithASet) {
  constexpr uint64_t kHead = 60;
  const uint64_t seed = test::TestSeed();
  for (uint64_t life = 0; life < 50; ++life) {
    std::mt19937_64 random(seed + life);
    RetentionState state;
    std::set<uint64_t> gone;
    Sequence first_kept{1};
    for (int step = 0; step < 60; ++step) {
      const Sequence sequence{1 + random() % kHead};
      if (random() % 8 == 0) {
        if (sequence <= first_kept) continue;
        first_kept = sequence;
        state.Retain(kTopic, first_kept);
        for (uint64_t s = 1; s < first_kept.value; ++s) gone.insert(s);
      } else if (gone.insert(sequence.value).second) {
        state.Erase(kTopic, sequence);
      }
      size_t runs = 0;
      for (uint64_t s = 1; s <= kHead; ++s) {
        ASSERT_EQ(state.IsGone(kTopic, {s}), gone.contains(s)) << "seed " << seed + life;
        runs += s >= first_kept.value && gone.contains(s) &&
                (s == first_kept.value || !gone.contains(s - 1));
      }
      ASSERT_EQ(state.Find(kTopic) == nullptr ? 0 : state.Find(kTopic)->gone(), gone.size());
      if (const RetentionState::Topic* topic = state.Find(kTopic); topic != nullptr) {
        const uint64_t first = 1 + random() % kHead;
        const uint64_t last = first + random() % (kHead - first + 1);
        const auto among = std::distance(gone.lower_bound(first), gone.upper_bound(last));
        ASSERT_EQ(topic->GoneAmong({first}, {last}), static_cast<uint64_t>(among))
            << "seed " << seed + life << ", " << first << " to " << last;
      }
      ASSERT_EQ(state.erased_runs(), runs) << "seed " << seed + life << ", step " << step;
    }
  }
}

TEST(RetentionState, SaysWhatARecordFreed) {
  RetentionState state;
  std::string bytes;
  Result<Freed> freed = state.Apply(EraseRecord({3}, &bytes), {9});
  ASSERT_TRUE(freed.ok());
  EXPECT_EQ(freed->events, 1U);
  EXPECT_EQ(freed->json_bytes, 10U);
  std::string cut;
  freed = state.Apply(RetainRecord({6}, &cut), {9});
  ASSERT_TRUE(freed.ok());
  EXPECT_EQ(freed->events, 4U) << "1, 2, 4 and 5: the third had gone before";
}

TEST(RetentionState, RefusesWhatTheLogCannotSay) {
  for (const uint64_t sequence : {0, 10}) {
    RetentionState state;
    std::string bytes;
    EXPECT_FALSE(state.Apply(EraseRecord({sequence}, &bytes), {9}).ok()) << sequence;
  }
  for (const uint64_t first_kept : {0, 1, 11}) {
    RetentionState state;
    std::string bytes;
    EXPECT_FALSE(state.Apply(RetainRecord({first_kept}, &bytes), {9}).ok()) << first_kept;
  }
  RetentionState state;
  std::string bytes;
  ASSERT_TRUE(state.Apply(EraseRecord({3}, &bytes), {9}).ok());
  const Result<Freed> again = state.Apply(EraseRecord({3}, &bytes), {9});
  ASSERT_FALSE(again.ok()) << "an event is erased once";
  EXPECT_EQ(again.error().code(), Code::kDamaged);
  std::string cut;
  EXPECT_TRUE(state.Apply(RetainRecord({10}, &cut), {9}).ok()) << "all of it";
}

}  // namespace
}  // namespace oncelog::store
