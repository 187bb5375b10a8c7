// The memory table: finds what was inserted and nothing else, up to its last place, and comes out
// sorted.

#include "store/index/mem_table.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/support/code_of.h"
#include "tests/support/index_entries.h"

namespace oncelog::store {
namespace {

using event::Fingerprint;
using event::IndexEntry;
using test::CodeOf;
using test::EntryFor;
using test::EntryOf;
using test::IdOf;

IndexEntry FindOne(const MemTable& table, const Fingerprint& id) {
  IndexEntry found;
  LookupBatch batch({&id, 1}, {&found, 1});
  table.Find(batch);
  EXPECT_EQ(batch.missing(), found.sequence().value == 0 ? 1u : 0u);
  return found;
}

std::vector<IndexEntry> Sorted(const MemTable& table) {
  std::vector<IndexEntry> entries;
  const Status s = table.VisitSorted([&](const IndexEntry& entry) {
    entries.push_back(entry);
    return OkStatus();
  });
  EXPECT_TRUE(s.ok());
  return entries;
}

void ExpectHolds(const MemTable& table, const std::vector<IndexEntry>& entries) {
  for (const IndexEntry& entry : entries) {
    ASSERT_EQ(FindOne(table, entry.fingerprint()), entry);
  }
  std::vector<IndexEntry> expected = entries;
  std::sort(expected.begin(), expected.end(), EntryBefore);
  ASSERT_EQ(Sorted(table), expected);
}

TEST(MemTableTest, FillsUpToItsLastPlace) {
  constexpr size_t kEntries = 10'000;
  MemTable table(kEntries);
  EXPECT_TRUE(Sorted(table).empty());
  const std::vector<IndexEntry> entries = test::EntriesOf(0, kEntries);
  for (size_t at = 0; at < kEntries; at += 1000) {
    table.Insert(std::span(entries).subspan(at, 1000));
  }
  EXPECT_EQ(table.size(), kEntries);
  ExpectHolds(table, entries);
  for (uint64_t n = kEntries; n < 2 * kEntries; ++n) {
    ASSERT_EQ(FindOne(table, IdOf(n)).sequence().value, 0u);
  }
  const IndexEntry more = EntryOf(kEntries);
  EXPECT_DEATH(table.Insert({&more, 1}), "room");
}

TEST(MemTableTest, ABugThatInsertsTwiceStopsTheProcess) {
  MemTable table(10);
  const IndexEntry entry = EntryOf(1);
  table.Insert({&entry, 1});
  const IndexEntry again = EntryFor(2, entry.fingerprint());
  EXPECT_DEATH(table.Insert({&again, 1}), "once");
  const IndexEntry nothing{1, 2 << 24, 3};
  EXPECT_DEATH(table.Insert({&nothing, 1}), "sequence");
}

TEST(MemTableTest, IdentitiesThatShareTheirUpperHalfAreKeptApart) {
  for (const uint64_t high : {uint64_t{0}, uint64_t{1} << 63, UINT64_MAX}) {
    MemTable table(500);
    std::vector<IndexEntry> entries;
    for (uint64_t n = 0; n < 499; ++n) entries.push_back(EntryFor(n, {high, 1000 - n}));
    entries.push_back(EntryFor(499, {high, (uint64_t{1} << 40) - 1}));
    table.Insert(entries);
    ExpectHolds(table, entries);
    EXPECT_EQ(FindOne(table, {high, 0}).sequence().value, 0u);
  }
}

TEST(MemTableTest, ChainsMayRunBehindTheLastHome) {
  MemTable table(300);
  std::vector<IndexEntry> entries;
  for (uint64_t n = 0; n < 300; ++n) entries.push_back(EntryFor(n, {UINT64_MAX - n % 7, n}));
  table.Insert(entries);
  ExpectHolds(table, entries);
}

TEST(MemTableTest, NothingIsLeftOfAClearedTable) {
  MemTable table(300);
  std::vector<IndexEntry> entries;  // some behind the last home
  for (uint64_t n = 0; n < 150; ++n) entries.push_back(EntryFor(n, {UINT64_MAX - n % 7, n}));
  for (uint64_t n = 150; n < 300; ++n) entries.push_back(EntryOf(n));
  table.Insert(entries);
  table.Clear();
  EXPECT_EQ(table.size(), 0u);
  EXPECT_TRUE(Sorted(table).empty());
  for (const IndexEntry& entry : entries) {
    ASSERT_EQ(FindOne(table, entry.fingerprint()), IndexEntry{});
  }
  std::reverse(entries.begin(), entries.end());
  table.Insert(entries);
  ExpectHolds(table, entries);
}

TEST(MemTableTest, SequencesKeepAllTheirBits) {
  MemTable table(8);
  std::vector<IndexEntry> entries;
  for (const uint64_t sequence : {uint64_t{1}, uint64_t{1} << 16, kSequenceMax}) {
    entries.push_back(IndexEntry::Make({sequence, 0}, Sequence{sequence},
                                       event::ContentHash{(uint64_t{1} << 48) - 1}));
  }
  table.Insert(entries);
  ExpectHolds(table, entries);
  EXPECT_EQ(FindOne(table, {kSequenceMax, 0}).sequence().value, kSequenceMax);
}

TEST(MemTableTest, AVisitorMayStop) {
  MemTable table(100);
  table.Insert(test::EntriesOf(0, 100));
  int visits = 0;
  const Status s = table.VisitSorted([&](const IndexEntry&) -> Status {
    if (++visits == 7) return Error(Code::kDiskFull, "enough");
    return OkStatus();
  });
  EXPECT_EQ(CodeOf(s), Code::kDiskFull);
  EXPECT_EQ(visits, 7);
}

TEST(LookupBatchTest, StrikesOutWhatIsFound) {
  MemTable table(100);
  table.Insert(test::EntriesOf(0, 50));
  const std::vector<Fingerprint> ids = test::IdsOf(20, 80);
  std::vector<IndexEntry> found(ids.size(), EntryOf(1));  // stale results are wiped
  LookupBatch batch(ids, found);
  table.Find(batch);
  ASSERT_EQ(batch.missing(), 30u);
  for (size_t n = 0; n < 30; ++n) EXPECT_EQ(batch.id(n), IdOf(50 + n));
  for (uint64_t n = 20; n < 80; ++n) {
    EXPECT_EQ(found[n - 20], n < 50 ? EntryOf(n) : IndexEntry{}) << n;
  }
}

}  // namespace
}  // namespace oncelog::store
