// DedupIndex as a whole: against an in-memory reference, with calls that fail, with power losses.

#include "store/index/dedup_index.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "store/index/run.h"
#include "store/index/run_file.h"
#include "tests/support/code_of.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/index_entries.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

using event::Fingerprint;
using event::IndexEntry;
using test::CodeOf;
using test::EntryFor;
using test::EntryOf;
using test::FaultFileSystem;
using test::FsCall;
using test::IdOf;
using test::UnsyncedFileSystem;

bool Always(size_t) { return true; }

std::unique_ptr<DedupIndex> MustOpen(FileSystem& fs, const std::vector<RunInfo>& runs,
                                     const IndexOptions& options) {
  Result<std::unique_ptr<DedupIndex>> index = DedupIndex::Open(fs, ".", runs, options);
  EXPECT_TRUE(index.ok()) << index.error().message();
  return index.Take();
}

// All of 0 … end - 1 are found as they were inserted, some behind them are not.
void ExpectHolds(const DedupIndex& index, uint64_t end) {
  const std::vector<Fingerprint> ids = test::IdsOf(0, end + 500);
  std::vector<IndexEntry> found(ids.size());
  const Status s = index.Find(ids, found);
  ASSERT_TRUE(s.ok()) << s.error().message();
  for (uint64_t n = 0; n < ids.size(); ++n) {
    ASSERT_EQ(found[n], n < end ? EntryOf(n) : IndexEntry{}) << n;
  }
}

// What the engine does: random steps, checked against a map after each. A restart loses the tables
// and gets their entries again from the log.
class Model {
 public:
  Model(uint64_t seed, Fingerprint (*id_of)(uint64_t))
      : random_(seed),
        id_of_(id_of),
        options_{.table_entries_max = 50 + random_() % 300,
                 .tier_runs = 2 + static_cast<int>(random_() % 3),
                 .checksum_seed = random_()},
        index_(MustOpen(fs_, {}, options_)) {}

  void Step() {
    switch (random_() % 12) {
      case 0: Flush(); break;
      case 1: Merge(); break;
      case 2: Reopen(); break;
      default: Group(); break;
    }
  }

  void CheckAll() {
    std::vector<Fingerprint> ids;
    for (uint64_t n = 0; n < next_; ++n) ids.push_back(id_of_(n));
    std::vector<IndexEntry> found(ids.size());
    ASSERT_TRUE(index_->Find(ids, found).ok());
    for (uint64_t n = 0; n < next_; ++n) ASSERT_EQ(found[n], EntryFor(n, ids[n])) << n;
    EXPECT_EQ(index_->figures().entries, next_);
  }

 private:
  void Group() {
    const uint64_t past = next_;
    std::vector<uint64_t> numbers(1 + random_() % 200);
    for (uint64_t& n : numbers) n = past > 0 && random_() % 3 == 0 ? random_() % past : next_++;
    std::vector<Fingerprint> ids;
    for (const uint64_t n : numbers) ids.push_back(id_of_(n));
    std::vector<IndexEntry> found(ids.size());
    ASSERT_TRUE(index_->Find(ids, found).ok());
    std::vector<IndexEntry> fresh;
    for (size_t i = 0; i < ids.size(); ++i) {
      const IndexEntry entry = EntryFor(numbers[i], ids[i]);
      ASSERT_EQ(found[i], numbers[i] < past ? entry : IndexEntry{});
      if (numbers[i] >= past) fresh.push_back(entry);
    }
    index_->Insert(fresh);
    active_.insert(active_.end(), fresh.begin(), fresh.end());
    ASSERT_EQ(index_->active_entries(), active_.size());
    if (active_.size() >= options_.table_entries_max && !index_->has_frozen()) Freeze();
  }

  void Freeze() {
    index_->Freeze();
    frozen_ = std::exchange(active_, {});
  }

  void Flush() {
    if (!index_->has_frozen()) Freeze();  // small and empty tables too
    Result<RunPointer> run = index_->WriteFrozen(++run_id_);
    ASSERT_TRUE(run.ok());
    std::vector<RunInfo> expected = index_->runs();
    ASSERT_EQ(*run == nullptr, frozen_.empty()) << "an empty table becomes no run";
    if (*run != nullptr) expected.insert(expected.begin(), (*run)->info());
    index_->InstallFrozen(run.Take());
    ASSERT_FALSE(index_->has_frozen());
    ASSERT_EQ(index_->runs(), expected);
    frozen_.clear();
  }

  void Merge() {
    const std::optional<MergePlan> plan = index_->PickMerge();
    if (!plan) return;
    Result<RunPointer> run = index_->WriteMerge(*plan, ++run_id_, Always);
    ASSERT_TRUE(run.ok()) << run.error().message();
    ASSERT_EQ((*run)->info().entries, plan->entries);
    index_->InstallMerge(*plan, run.Take());
    for (const uint64_t id : plan->inputs) ASSERT_FALSE(*fs_.Exists(RunPath(".", id)));
  }

  void Reopen() {
    const std::vector<RunInfo> runs = index_->runs();
    index_ = MustOpen(fs_, runs, options_);
    ASSERT_EQ(index_->runs(), runs);
    active_.insert(active_.begin(), frozen_.begin(), frozen_.end());
    frozen_.clear();
    index_->Insert(active_);
  }

  UnsyncedFileSystem fs_;
  std::mt19937_64 random_;
  Fingerprint (*id_of_)(uint64_t);
  IndexOptions options_;
  std::unique_ptr<DedupIndex> index_;
  std::vector<IndexEntry> active_, frozen_;
  uint64_t next_ = 0;
  uint64_t run_id_ = 0;
};

class DedupIndexModelTest : public ::testing::TestWithParam<Fingerprint (*)(uint64_t)> {};

TEST_P(DedupIndexModelTest, AgreesWithAMap) {
  const uint64_t seed = test::TestSeed();
  for (uint64_t round = 0; round < 3; ++round) {
    Model model(seed + round, GetParam());
    for (int step = 0; step < 150 && !::testing::Test::HasFatalFailure(); ++step) model.Step();
    model.CheckAll();
  }
}

INSTANTIATE_TEST_SUITE_P(HoweverIdsAreSpread, DedupIndexModelTest,
                         ::testing::Values([](uint64_t n) { return IdOf(n); },  // evenly
                                           [](uint64_t n) {
                                             return Fingerprint{77, n};
                                           },  // one high word
                                           [](uint64_t n) {
                                             return Fingerprint{UINT64_MAX - n, 5};
                                           },  // falling
                                           [](uint64_t n) {
                                             return Fingerprint{test::Mixed(n % 9), n};
                                           },  // in heaps
                                           [](uint64_t n) {
                                             return Fingerprint{n << 32, n};
                                           }));

// A fixture with four runs ready to be merged and a frozen table, holding 0 … kAll - 1.
class DedupIndexFaultTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kRun = 100;
  static constexpr uint64_t kAll = 6 * kRun;

  void SetUp() override { SetUpAgain(); }

  void SetUpAgain() {
    index_.reset();
    const std::vector<std::string> names = below_.List(".").Take();
    for (const std::string& name : names) ASSERT_TRUE(below_.Remove("./" + name).ok());
    index_ = MustOpen(fs_, {}, options_);
    for (uint64_t run = 1; run <= 4; ++run) {
      index_->Insert(test::EntriesOf((run - 1) * kRun, run * kRun));
      index_->Freeze();
      index_->InstallFrozen(*index_->WriteFrozen(run));
    }
    index_->Insert(test::EntriesOf(4 * kRun, 5 * kRun));
    index_->Freeze();
    index_->Insert(test::EntriesOf(5 * kRun, kAll));
  }

  Status Flush() {
    Result<RunPointer> run = index_->WriteFrozen(5);
    if (!run.ok()) return run.error();
    index_->InstallFrozen(run.Take());
    return OkStatus();
  }
  Status Merge() {
    const std::optional<MergePlan> plan = index_->PickMerge();
    Result<RunPointer> run = index_->WriteMerge(*plan, 6, Always);
    if (!run.ok()) return run.error();
    index_->InstallMerge(*plan, run.Take());
    return OkStatus();
  }

  const IndexOptions options_{.table_entries_max = kRun};
  UnsyncedFileSystem below_;
  FaultFileSystem fs_{below_};
  std::unique_ptr<DedupIndex> index_;
};

// Each call of each kind fails once: its code comes out, no partial file stays, lookups go on, and
// the same step succeeds afterwards.
TEST_F(DedupIndexFaultTest, AnyCallMayFail) {
  for (const FsCall call :
       {FsCall::kOpen, FsCall::kRead, FsCall::kWrite, FsCall::kShortWrite, FsCall::kDataSync,
        FsCall::kDirectorySync, FsCall::kMap, FsCall::kChange}) {
    for (const bool merge : {false, true}) {
      for (uint64_t nth = 1;; ++nth) {
        SetUpAgain();
        const std::vector<RunInfo> runs = index_->runs();
        const uint64_t faults = fs_.faults();
        fs_.Plan({.call = call, .nth = nth, .code = Code::kDiskFull});
        const Status s = merge ? Merge() : Flush();
        fs_.Heal();
        ExpectHolds(*index_, kAll);
        const bool struck = fs_.faults() > faults;
        // A replaced run that cannot be removed stays as an unlisted file; that is no failure.
        if (struck && s.ok()) {
          EXPECT_EQ(call, FsCall::kChange);
          continue;
        }
        ASSERT_EQ(s.ok(), !struck);
        if (!struck) break;
        EXPECT_EQ(CodeOf(s), Code::kDiskFull);
        EXPECT_EQ(index_->runs(), runs);
        ASSERT_TRUE((merge ? Merge() : Flush()).ok());
        ExpectHolds(*index_, kAll);
        EXPECT_EQ(below_.List(".")->size(), index_->runs().size());
      }
    }
  }
}

TEST_F(DedupIndexFaultTest, AFailedWriteLeavesNoFile) {
  for (const FsCall call :
       {FsCall::kWrite, FsCall::kShortWrite, FsCall::kDataSync, FsCall::kDirectorySync}) {
    fs_.Plan({.call = call, .code = Code::kDiskFull, .for_ever = true});
    EXPECT_EQ(CodeOf(index_->WriteFrozen(5)), Code::kDiskFull);
    EXPECT_EQ(CodeOf(index_->WriteMerge(*index_->PickMerge(), 6, Always)), Code::kDiskFull);
    EXPECT_EQ(below_.List(".")->size(), 4u);
    fs_.Heal();
  }
  ExpectHolds(*index_, kAll);
}

TEST_F(DedupIndexFaultTest, AMergeMayBeGivenUp) {
  size_t bytes = 0;
  const auto give_up = [&](size_t more) {
    bytes += more;
    return false;
  };
  EXPECT_EQ(CodeOf(index_->WriteMerge(*index_->PickMerge(), 6, give_up)), Code::kBusy);
  EXPECT_GT(bytes, 0u);
  EXPECT_EQ(below_.List(".")->size(), 4u);
  EXPECT_TRUE(Merge().ok());
  ExpectHolds(*index_, kAll);
}

// Once WriteFrozen or WriteMerge has answered, the run survives any power loss.
TEST_F(DedupIndexFaultTest, WhatIsWrittenIsDurable) {
  const RunInfo flushed = (*index_->WriteFrozen(5))->info();
  const RunInfo merged = (*index_->WriteMerge(*index_->PickMerge(), 6, Always))->info();
  for (uint64_t seed = 0; seed < 30; ++seed) {
    const std::unique_ptr<UnsyncedFileSystem> after = below_.LosePower(seed);
    ExpectHolds(*MustOpen(*after, {flushed, merged}, options_), 5 * kRun);
  }
}

TEST_F(DedupIndexFaultTest, DamageIsSaidByFindAndByMergeAndTheInputsStay) {
  ASSERT_TRUE(below_.Open("./2.run", OpenMode::kReadWrite).Take()->WriteAt(5000, "damage").ok());
  const std::vector<Fingerprint> ids = test::IdsOf(0, kAll);
  std::vector<IndexEntry> found(ids.size());
  const Status s = index_->Find(ids, found);
  ASSERT_FALSE(s.ok());
  EXPECT_EQ(CodeOf(s), Code::kDamaged);
  EXPECT_NE(s.error().message().find("./2.run at offset 4096"), std::string::npos);
  EXPECT_EQ(CodeOf(Merge()), Code::kDamaged);
  EXPECT_EQ(index_->runs().size(), 4u);
}

TEST_F(DedupIndexFaultTest, FiguresAddUp) {
  IndexFigures figures = index_->figures();
  EXPECT_EQ(figures.entries, kAll);
  EXPECT_EQ(figures.table_entries, 2 * kRun);
  EXPECT_EQ(figures.runs, 4u);
  ASSERT_TRUE(Flush().ok());
  ASSERT_TRUE(Merge().ok());
  figures = index_->figures();
  EXPECT_EQ(figures.entries, kAll);
  EXPECT_EQ(figures.table_entries, kRun);
  EXPECT_EQ(figures.runs, 2u);
  EXPECT_EQ(figures.run_bytes, below_.used_bytes());
  EXPECT_GT(figures.filter_bytes, 0u);
}

}  // namespace
}  // namespace oncelog::store
