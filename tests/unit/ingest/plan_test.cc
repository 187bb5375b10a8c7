#include "ingest/plan.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/support/test_seed.h"

namespace oncelog::ingest {
namespace {

void Add(PlanGroup* group, uint64_t id, uint64_t content, uint32_t slot,
         const event::IndexEntry& found = {}) {
  group->ids.push_back({id * 0x9e3779b97f4a7c15, id});
  group->contents.push_back({content});
  group->slots.push_back(slot);
  group->found.push_back(found);
}

TEST(Plan, NumbersNewEventsOfEachTopicOnFromItsHead) {
  PlanGroup group;
  group.heads = {{7}, {0}};
  Add(&group, 1, 0, 0);
  Add(&group, 2, 0, 1);
  Add(&group, 3, 0, 0);
  Planner().Plan(&group);
  EXPECT_EQ(group.verdicts[0].sequence, Sequence{8});
  EXPECT_EQ(group.verdicts[1].sequence, Sequence{1});
  EXPECT_EQ(group.verdicts[2].sequence, Sequence{9});
  EXPECT_EQ(group.heads[0], Sequence{9});
  EXPECT_EQ(group.heads[1], Sequence{1});
}

TEST(Plan, WhatIsStoredIsDuplicateOrConflictWithTheOriginalsSequence) {
  PlanGroup group;
  group.heads = {{7}};
  const auto stored = event::IndexEntry::Make({1, 1}, {5}, {33});
  Add(&group, 1, 33, 0, stored);
  Add(&group, 1, 34, 0, stored);
  Planner().Plan(&group);
  EXPECT_EQ(group.verdicts[0].verdict, Verdict::kDuplicate);
  EXPECT_EQ(group.verdicts[1].verdict, Verdict::kConflict);
  EXPECT_EQ(group.verdicts[1].sequence, Sequence{5});
  EXPECT_EQ(group.heads[0], Sequence{7});
}

TEST(Plan, TheFirstOfTheSameIdentityInAGroupWins) {
  PlanGroup group;
  group.heads = {{0}};
  Add(&group, 1, 33, 0);
  Add(&group, 1, 33, 0);
  Add(&group, 1, 34, 0);
  Planner().Plan(&group);
  EXPECT_EQ(group.verdicts[0].verdict, Verdict::kAccepted);
  EXPECT_EQ(group.verdicts[1].verdict, Verdict::kDuplicate);
  EXPECT_EQ(group.verdicts[2].verdict, Verdict::kConflict);
  EXPECT_EQ(group.verdicts[2].sequence, Sequence{1});
}

TEST(Plan, AgreesWithAnObviousOne) {
  std::mt19937_64 random(test::TestSeed());
  Planner planner;
  for (int round = 0; round < 200; ++round) {
    PlanGroup group;
    group.heads = {{random() % 100}, {random() % 100}, {0}};
    std::vector<Sequence> heads = group.heads;
    const uint64_t size = random() % 300;
    for (uint64_t i = 0; i < size; ++i) {
      const uint64_t id = random() % 200;
      const bool stored = id % 3 == 0;
      Add(&group, id, random() % 2, static_cast<uint32_t>(id % 3),
          stored ? event::IndexEntry::Make({id, id}, {id + 1}, {0}) : event::IndexEntry{});
    }
    planner.Plan(&group);
    std::map<uint64_t, std::pair<uint64_t, uint64_t>> seen;  // id -> sequence, content
    for (size_t i = 0; i < group.size(); ++i) {
      const uint64_t id = group.ids[i].low40;
      if (id % 3 == 0) seen[id] = {id + 1, 0};
      const auto found = seen.find(id);
      if (found == seen.end()) {
        EXPECT_EQ(group.verdicts[i].verdict, Verdict::kAccepted);
        EXPECT_EQ(group.verdicts[i].sequence.value, ++heads[id % 3].value);
        seen[id] = {heads[id % 3].value, group.contents[i].value};
      } else {
        const bool same = found->second.second == group.contents[i].value;
        EXPECT_EQ(group.verdicts[i].verdict, same ? Verdict::kDuplicate : Verdict::kConflict);
        EXPECT_EQ(group.verdicts[i].sequence.value, found->second.first);
      }
    }
    EXPECT_EQ(group.heads, heads);
  }
}

}  // namespace
}  // namespace oncelog::ingest
