// Topics as the committer and readers find them: by name, in order, by size, as a checkpoint sees
// them; against plain maps.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "event/record.h"
#include "store/log/frame.h"
#include "store/state/checkpoint.h"
#include "store/state/durable_state.h"
#include "store/state/topic_directory.h"
#include "tests/support/test_seed.h"

namespace oncelog::store {
namespace {

constexpr uint64_t kSeed = 5;

TEST(TopicStates, WhatIsSharedStaysAsItWas) {
  std::mt19937_64 random(test::TestSeed());
  TopicStates states;
  std::vector<uint64_t> events;
  std::vector<std::pair<TopicStates, std::vector<uint64_t>>> shared;
  for (int step = 0; step < 5000; ++step) {
    if (events.empty() || random() % 8 == 0) {
      events.push_back(random());
      states.Append({.events = events.back()});
    } else if (random() % 256 == 0) {
      shared.emplace_back(states.Share(), events);
    } else {
      const auto id = static_cast<uint32_t>(random() % events.size());
      ++events[id];
      ++states.Mutable(id).events;
    }
  }
  shared.emplace_back(states.Share(), events);
  for (const auto& [then, expected] : shared) {
    ASSERT_EQ(then.size(), expected.size());
    for (uint32_t id = 0; id < expected.size(); ++id) ASSERT_EQ(then[id].events, expected[id]);
  }
}

TEST(TopicStates, WritingWhatWasSharedDoesNotChangeTheOriginal) {
  TopicStates states = TopicStates::Of({{.events = 1}, {.events = 2}});
  TopicStates shared = states.Share();
  shared.Mutable(0).events = 7;
  EXPECT_EQ(states[0].events, 1U);
  states.Mutable(1).events = 8;
  EXPECT_EQ(shared[1].events, 2U);
}

TEST(TopicDirectory, FindsNamesWhoseHashesCollide) {
  TopicDirectory directory;
  for (uint32_t i = 0; i < 600; ++i) {
    EXPECT_FALSE(directory.Find(i % 3, std::to_string(i)));
    EXPECT_EQ(directory.Add(i % 3, std::to_string(i)), TopicId{i});
  }
  const std::string longest(255, 'x');
  directory.Add(9, longest);
  for (uint32_t i = 0; i < 600; ++i) {
    EXPECT_EQ(directory.Find(i % 3, std::to_string(i)), TopicId{i});
    EXPECT_FALSE(directory.Find((i + 1) % 3, std::to_string(i)));
  }
  EXPECT_EQ(directory.Find(9, longest), TopicId{600});
  EXPECT_FALSE(directory.Find(9, longest.substr(1)));
}

class DurableTopicsTest : public ::testing::Test {
 protected:
  // A frame that names topics and adds an event to some.
  void Add(const std::vector<std::string>& names, const std::vector<uint32_t>& events) {
    FrameBuilder frame;
    for (const std::string& name : names) {
      event::AppendTopicRecord(frame.payload(), TopicId{topics_++}, name, kSeed);
      frame.CountRecord();
      events_[name] = 0;
      names_.push_back(name);
    }
    for (const uint32_t id : events) {
      const size_t at = frame.payload()->size();
      event::AppendEventRecord(frame.payload(), {}, {}, {}, "", "{}");
      event::SealEventRecord(frame.payload()->data() + at, frame.payload()->size() - at,
                             TopicId{id}, Sequence{++events_[names_[id]]}, kSeed);
      frame.CountRecord();
    }
    FrameHeader header;
    header.first_position = end_;
    frame.Finish(header, kSeed);
    end_ = frame.header().end_position();
    const Status s = state_.Apply(frame.header(), frame.records_bytes(), nullptr, 0);
    ASSERT_TRUE(s.ok()) << s.error().message();
  }

  // All pages of a listing, one after the other.
  std::vector<std::string> List(const std::string& prefix, size_t page) {
    std::vector<std::string> all;
    std::string after;
    while (true) {
      const std::vector<TopicInfo> infos = state_.Topics(prefix, after, page);
      for (const TopicInfo& info : infos) {
        EXPECT_EQ(info.last_sequence.value, events_[info.name]);
        all.push_back(info.name);
      }
      if (infos.size() < page || all.size() > events_.size()) return all;
      after = infos.back().name;
    }
  }
  [[nodiscard]] std::vector<std::string> Expected(const std::string& prefix) const {
    std::vector<std::string> names;
    for (const auto& [name, events] : events_) {
      if (name.starts_with(prefix)) names.push_back(name);
    }
    return names;
  }

  const HashKey key_{std::string(kHashSecretBytes, 's')};
  DurableState state_{kSeed, key_};
  std::map<std::string, uint64_t> events_;
  std::vector<std::string> names_;  // by id
  uint32_t topics_ = 0;
  Position end_;
};

TEST_F(DurableTopicsTest, AreListedInOrderWhileNewOnesCome) {
  std::mt19937_64 random(test::TestSeed());
  for (int round = 0; round < 40; ++round) {
    std::set<std::string> names;
    for (uint64_t i = random() % 30; i > 0; --i) {
      std::string name(1 + random() % 4, 'a');
      for (char& c : name) c = "ab\x7f\xc3"[random() % 4];
      if (!events_.contains(name)) names.insert(name);
    }
    std::vector<std::string> shuffled(names.begin(), names.end());
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    Add(shuffled, topics_ > 0 ? std::vector<uint32_t>{topics_ - 1, 0} : std::vector<uint32_t>{});
    for (const std::string prefix : {"", "a", "ab", "\xc3", "zz"}) {
      ASSERT_EQ(List(prefix, 1 + random() % 9), Expected(prefix)) << "prefix " << prefix;
    }
  }
  EXPECT_TRUE(state_.Topics("b", "c", 10).empty()) << "behind all with that prefix";
  EXPECT_EQ(state_.Topics("b", "a", 1).at(0).name, Expected("b").at(0));
}

TEST_F(DurableTopicsTest, TheLargestComeFirstAndOfTheSameSizeTheOldest) {
  Add({"a", "b", "c", "d"}, {1, 1, 2, 3});
  const auto names = [&](size_t limit) {
    std::string found;
    for (const TopicInfo& info : state_.LargestTopics(limit)) found += info.name;
    return found;
  };
  EXPECT_EQ(names(0), "");
  EXPECT_EQ(names(1), "b");
  EXPECT_EQ(names(3), "bcd");
  EXPECT_EQ(names(9), "bcda");
}

TEST_F(DurableTopicsTest, ACheckpointSeesThemAsTheyWere) {
  Add({"a", "b"}, {0, 1, 1});
  const TopicStates then = state_.ShareTopics();
  Add({"c"}, {0, 2});
  ASSERT_EQ(then.size(), 2U);
  EXPECT_EQ(then[0].events, 1U);
  EXPECT_EQ(then[1].events, 2U);
  EXPECT_EQ(*then[1].name, "b");
  EXPECT_EQ(state_.ShareTopics()[0].events, 2U);
}

TEST_F(DurableTopicsTest, ANameThatComesTwiceIsDamage) {
  Add({"a"}, {});
  FrameBuilder frame;
  event::AppendTopicRecord(frame.payload(), TopicId{1}, "a", kSeed);
  frame.CountRecord();
  FrameHeader header;
  header.first_position = end_;
  frame.Finish(header, kSeed);
  const Status s = state_.Apply(frame.header(), frame.records_bytes(), nullptr, 0);
  ASSERT_FALSE(s.ok());
  EXPECT_EQ(s.error().code(), Code::kDamaged);
}

}  // namespace
}  // namespace oncelog::store
