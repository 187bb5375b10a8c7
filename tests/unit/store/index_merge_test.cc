// Which runs are merged, and that merging neither loses nor invents an entry.

#include "store/index/merge.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "store/index/run_cursor.h"
#include "tests/support/code_of.h"
#include "tests/support/index_entries.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

using event::IndexEntry;
using test::CodeOf;
using test::UnsyncedFileSystem;

using Ids = std::vector<uint64_t>;

// Runs of these sizes, newest first, with ids 1, 2, 3 …
std::vector<RunInfo> RunsOf(const std::vector<uint64_t>& entries) {
  std::vector<RunInfo> runs;
  for (const uint64_t count : entries) runs.push_back({runs.size() + 1, count, 0});
  return runs;
}

Ids Picked(const std::vector<uint64_t>& entries, int tier_runs = 4) {
  const std::optional<MergePlan> plan =
      PickMergeOf(RunsOf(entries), {.table_entries_max = 100, .tier_runs = tier_runs});
  return plan ? plan->inputs : Ids{};
}

TEST(PickMergeTest, WaitsForAFullTier) {
  EXPECT_EQ(Picked({}), Ids{});
  EXPECT_EQ(Picked({100, 100, 100}), Ids{});
  EXPECT_EQ(Picked({100, 100, 100, 100}), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(Picked({100, 100, 100, 400, 400, 400, 1600}), Ids{});
}

TEST(PickMergeTest, TakesTheOldestOfTheLowestTier) {
  EXPECT_EQ(Picked({100, 100, 100, 100, 100}), (Ids{2, 3, 4, 5}));
  EXPECT_EQ(Picked({100, 400, 400, 400, 400, 400}), (Ids{3, 4, 5, 6}));
  EXPECT_EQ(Picked({100, 100, 100, 100, 400, 400, 400, 400}), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(Picked({100, 100}, 2), (Ids{1, 2}));
}

TEST(PickMergeTest, ASmallOldRunCountsAsLargeAsNewerOnes) {
  EXPECT_EQ(Picked({400, 3, 400, 0}), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(Picked({100, 400, 3, 400, 0}), (Ids{2, 3, 4, 5}));
  EXPECT_EQ(Picked({100, 400, 3, 3}), Ids{});
}

TEST(PickMergeTest, SaysHowManyEntries) {
  const std::optional<MergePlan> plan =
      PickMergeOf(RunsOf({1, 100, 50, 120, 110}), {.table_entries_max = 100, .tier_runs = 4});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->entries, 380u);
  EXPECT_EQ(plan->tier, 0);
}

// Flushed and merged for long, the number of runs grows with the logarithm, and an entry is written
// again about once a tier.
TEST(PickMergeTest, KeepsRunsFewAndWritesFew) {
  const IndexOptions options{.table_entries_max = 100, .tier_runs = 4};
  std::vector<RunInfo> runs;
  uint64_t written = 0;
  for (uint64_t flush = 1; flush <= 1000; ++flush) {
    runs.insert(runs.begin(), RunInfo{flush, 100 + flush % 7, 0});
    while (const std::optional<MergePlan> plan = PickMergeOf(runs, options)) {
      size_t at = 0;
      while (runs[at].id != plan->inputs.front()) ++at;
      for (size_t i = 0; i < plan->inputs.size(); ++i) ASSERT_EQ(runs[at + i].id, plan->inputs[i]);
      runs.erase(runs.begin() + static_cast<ptrdiff_t>(at) + 1,
                 runs.begin() + static_cast<ptrdiff_t>(at + plan->inputs.size()));
      runs[at] = {1'000'000 + written, plan->entries, 0};
      written += plan->entries;
    }
    ASSERT_LE(runs.size(), 3u * 6);
  }
  EXPECT_LT(written, 1000u * 103 * 5);
}

class MergeRunsTest : public ::testing::Test {
 protected:
  std::shared_ptr<const store::Run> Write(uint64_t id,
                                          const std::map<uint64_t, IndexEntry>& sorted) {
    const std::unique_ptr<RunWriter> writer =
        RunWriter::Create(fs_, ".", {id, sorted.size(), 0}, nullptr).Take();
    for (const auto& [high, entry] : sorted) EXPECT_TRUE(writer->Add(entry).ok());
    return store::Run::Open(fs_, ".", *writer->Finish(), 0).Take();
  }
  Status Merge(const std::vector<std::shared_ptr<const store::Run>>& inputs, uint64_t id) {
    uint64_t entries = 0;
    for (const auto& run : inputs) entries += run->info().entries;
    const std::unique_ptr<RunWriter> writer =
        RunWriter::Create(fs_, ".", {id, entries, 0}, nullptr).Take();
    if (Status s = MergeRuns(inputs, *writer); !s.ok()) return s;
    merged_ = *writer->Finish();
    return OkStatus();
  }

  UnsyncedFileSystem fs_;
  RunInfo merged_;
};

TEST_F(MergeRunsTest, KeepsEveryEntryOnce) {
  std::vector<std::shared_ptr<const store::Run>> inputs;
  std::map<uint64_t, IndexEntry> all;
  uint64_t n = 0;
  for (const uint64_t count : {5000, 1, 0, 171, 12'000}) {
    std::map<uint64_t, IndexEntry> part;
    for (const uint64_t end = n + count; n < end; ++n) {
      part.emplace(test::IdOf(n).high, test::EntryOf(n));
    }
    all.insert(part.begin(), part.end());
    inputs.push_back(Write(inputs.size() + 1, part));
  }
  ASSERT_TRUE(Merge(inputs, 9).ok());
  EXPECT_EQ(merged_.entries, all.size());
  RunCursor cursor(store::Run::Open(fs_, ".", merged_, 0).Take());
  auto expected = all.begin();
  while (*cursor.NextPage()) {
    for (; cursor.HasEntry(); cursor.Skip(), ++expected) {
      ASSERT_EQ(cursor.entry(), expected->second);
    }
  }
  EXPECT_EQ(expected, all.end());
}

TEST_F(MergeRunsTest, AnIdentityInTwoRunsIsDamageAndBothAreNamed) {
  const auto entry = [](uint64_t sequence, uint64_t high, uint64_t low) {
    return IndexEntry::Make({high, low}, Sequence{sequence}, event::ContentHash{0});
  };
  const auto first = Write(1, {{5, entry(1, 5, 5)}, {6, entry(2, 6, 6)}});
  const auto same = Write(2, {{6, entry(1, 6, 6)}});
  const auto near = Write(3, {{6, entry(1, 6, 7)}});
  const Status s = Merge({first, same}, 9);
  ASSERT_FALSE(s.ok());
  EXPECT_EQ(CodeOf(s), Code::kDamaged);
  EXPECT_NE(s.error().message().find("1.run"), std::string::npos);
  EXPECT_NE(s.error().message().find("2.run"), std::string::npos);
  EXPECT_FALSE(*fs_.Exists("./9.run"));
  EXPECT_TRUE(Merge({first, near}, 9).ok());
}

TEST_F(MergeRunsTest, DamageInAnInputStopsIt) {
  std::map<uint64_t, IndexEntry> part;
  for (uint64_t n = 0; n < 1000; ++n) part.emplace(test::IdOf(n).high, test::EntryOf(n));
  const auto input = Write(1, part);
  ASSERT_TRUE(fs_.Open("./1.run", OpenMode::kReadWrite).Take()->WriteAt(4096 * 4, "?").ok());
  EXPECT_EQ(CodeOf(Merge({input}, 9)), Code::kDamaged);
  EXPECT_FALSE(*fs_.Exists("./9.run"));
}

}  // namespace
}  // namespace oncelog::store
