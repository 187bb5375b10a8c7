// DedupIndex with all its threads at once: writer, flusher, merger and readers. A reader finds
// whatever was inserted before it asked, and nothing half.

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "store/index/dedup_index.h"
#include "store/index/run.h"
#include "tests/support/index_entries.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

using event::Fingerprint;
using event::IndexEntry;
using test::EntryOf;
using test::IdOf;

constexpr uint64_t kEntries = 60'000;
constexpr uint64_t kGroup = 250;

class DedupIndexThreadsTest : public ::testing::Test {
 protected:
  void Write() {
    for (uint64_t n = 0; n < kEntries && !HasFailure(); n += kGroup) {
      index_->Insert(test::EntriesOf(n, n + kGroup));
      inserted_ = n + kGroup;
      while (index_->active_entries() >= options_.table_entries_max && !HasFailure()) {
        if (index_->has_frozen()) {
          std::this_thread::yield();
        } else {
          index_->Freeze();
        }
      }
    }
  }

  void Flush() {
    while (!HasFailure() && (inserted_ < kEntries || index_->has_frozen())) {
      if (!index_->has_frozen()) {
        std::this_thread::yield();
        continue;
      }
      Result<RunPointer> run = index_->WriteFrozen(++run_id_);
      ASSERT_TRUE(run.ok());
      index_->InstallFrozen(run.Take());
    }
  }

  void Merge() {
    while (!HasFailure() && (inserted_ < kEntries || index_->PickMerge())) {
      const std::optional<MergePlan> plan = index_->PickMerge();
      if (!plan) {
        std::this_thread::yield();
        continue;
      }
      const auto always = [](size_t) { return true; };
      Result<RunPointer> run = index_->WriteMerge(*plan, ++run_id_, always);
      ASSERT_TRUE(run.ok());
      index_->InstallMerge(*plan, run.Take());
      ++merges_;
    }
  }

  void Read(uint64_t seed) {
    std::mt19937_64 random(seed);
    for (bool last_round = false; !last_round && !HasFailure();) {
      const uint64_t known = inserted_;
      last_round = known == kEntries;
      ASSERT_NO_FATAL_FAILURE(ReadGroup(known, random));
      ASSERT_LE(index_->figures().entries, kEntries);
    }
  }

  void ReadGroup(uint64_t known, std::mt19937_64& random) {
    std::vector<uint64_t> numbers(300);
    std::vector<Fingerprint> ids;
    for (uint64_t& n : numbers) {
      n = random() % (kEntries + 1000);
      ids.push_back(IdOf(n));
    }
    std::vector<IndexEntry> found(ids.size());
    ASSERT_TRUE(index_->Find(ids, found).ok());
    for (size_t i = 0; i < ids.size(); ++i) {
      // Those inserted meanwhile may be seen or not.
      const bool right_miss = numbers[i] >= known && found[i] == IndexEntry{};
      const bool right_hit = numbers[i] < kEntries && found[i] == EntryOf(numbers[i]);
      ASSERT_TRUE(right_miss || right_hit) << numbers[i] << " of " << known;
    }
  }

  const IndexOptions options_{.table_entries_max = 2000, .tier_runs = 2};
  test::UnsyncedFileSystem fs_;
  std::unique_ptr<DedupIndex> index_ = DedupIndex::Open(fs_, ".", {}, options_).Take();
  std::atomic<uint64_t> inserted_ = 0;
  std::atomic<uint64_t> run_id_ = 0;
  std::atomic<uint64_t> merges_ = 0;
};

TEST_F(DedupIndexThreadsTest, AllAtOnce) {
  std::vector<std::thread> threads;
  threads.emplace_back([this] { Read(1); });
  threads.emplace_back([this] { Read(2); });
  threads.emplace_back([this] { Flush(); });
  threads.emplace_back([this] { Merge(); });
  Write();
  for (std::thread& thread : threads) thread.join();
  std::mt19937_64 random(3);
  for (int round = 0; round < 300; ++round) ReadGroup(kEntries, random);
  EXPECT_GT(merges_, 0u);
  EXPECT_EQ(index_->figures().entries, kEntries);
  EXPECT_EQ(fs_.List(".")->size(), index_->runs().size());  // replaced files are gone
}

}  // namespace
}  // namespace oncelog::store
