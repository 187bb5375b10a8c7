// MemTable: the newest identities, in memory: a hash table of a fixed size with linear probing.
// An entry's home is as far into the table as its fingerprint is into all that may be, so the table
// is almost sorted as it stands, and turning it into a run costs little.
//
//   MemTable table(entries_max);
//   table.Insert(entries);
//   table.Find(batch);
//   Status s = table.VisitSorted([&](const event::IndexEntry& e) { return writer.Add(e); });
//   table.Clear();                               // for others: cheaper than new memory
//
// Fingerprints are keyed hashes and therefore spread evenly; if they are not (in tests) everything
// stays right, but slow: neighbours make one long chain.
// Threads: none by itself; DedupIndex lets Insert run alone, and anything else together.
// Ownership: owns its entries. Units: entries.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "base/result.h"
#include "event/identity.h"
#include "store/index/entry_order.h"
#include "store/index/lookup_batch.h"
#include "store/zeroed_memory.h"

namespace oncelog::store {

class MemTable {
 public:
  explicit MemTable(size_t entries_max);

  [[nodiscard]] size_t size() const { return size_; }

  void Find(LookupBatch& batch) const;
  // None of them may be there yet, all have a sequence, and there is room for them.
  void Insert(std::span<const event::IndexEntry> entries);

  void Clear();

  // Calls visit(entry) → Status for all of them in order of fingerprint, until it fails.
  template <typename Visit>
  Status VisitSorted(const Visit& visit) const;

 private:
  [[nodiscard]] event::IndexEntry* Home(uint64_t word0) const {
    return slots_ + ScaleTo(word0, homes_);
  }
  [[nodiscard]] static bool IsEmpty(const event::IndexEntry& slot) {
    return slot.sequence().value == 0;
  }

  size_t entries_max_;
  size_t homes_;
  ZeroedMemory memory_;  // homes, then as many as could be pushed behind the last one, then a stop
  event::IndexEntry* slots_;
  size_t size_ = 0;
};

// The homes of a chain (slots without an empty one between them) lie within it: no entry of it
// comes before one of the chain in front. So each chain is sorted by itself.
template <typename Visit>
Status MemTable::VisitSorted(const Visit& visit) const {
  std::vector<event::IndexEntry> chain;
  size_t left = size_;
  for (const event::IndexEntry* slot = slots_; left > 0; ++slot) {
    for (; !IsEmpty(*slot); ++slot) chain.push_back(*slot);
    if (chain.empty()) continue;
    std::sort(chain.begin(), chain.end(), EntryBefore);
    for (const event::IndexEntry& entry : chain) {
      if (Status s = visit(entry); !s.ok()) return s;
    }
    left -= chain.size();
    chain.clear();
  }
  return OkStatus();
}

}  // namespace oncelog::store
