#include "store/index/mem_table.h"

#include <cstring>

#include "base/check.h"

namespace oncelog::store {
namespace {

using event::Fingerprint;
using event::IndexEntry;

// At most two thirds of the homes are taken, so that chains stay short.
size_t HomesFor(size_t entries_max) { return 2 + entries_max * 3 / 2; }

void PrefetchSlot(const IndexEntry* slot) {
  __builtin_prefetch(slot);
  __builtin_prefetch(reinterpret_cast<const char*>(slot + 1) - 1);  // it may lie on two lines
}

}  // namespace

MemTable::MemTable(size_t entries_max)
    : entries_max_(entries_max),
      homes_(HomesFor(entries_max)),
      memory_((homes_ + entries_max + 1) * sizeof(IndexEntry)),
      slots_(static_cast<IndexEntry*>(memory_.at())) {}

// Behind the last home there are only those that it and the chain before it pushed there.
void MemTable::Clear() {
  if (size_ == 0) return;
  IndexEntry* end = slots_ + homes_;
  while (!IsEmpty(*end)) ++end;
  std::memset(static_cast<void*>(slots_), 0, static_cast<size_t>(end - slots_) * sizeof *slots_);
  size_ = 0;
}

void MemTable::Find(LookupBatch& batch) const {
  constexpr size_t kAhead = LookupBatch::kAhead;
  const size_t count = batch.missing();
  for (size_t n = 0; n < count && n < kAhead; ++n) PrefetchSlot(Home(batch.id(n).high));
  for (size_t n = 0; n < count; ++n) {
    if (n + kAhead < count) PrefetchSlot(Home(batch.id(n + kAhead).high));
    const Fingerprint& id = batch.id(n);
    for (const IndexEntry* slot = Home(id.high); !IsEmpty(*slot); ++slot) {
      if (!IsOf(*slot, id)) continue;
      batch.found(n) = *slot;
      break;
    }
  }
  batch.DropFound();
}

void MemTable::Insert(std::span<const IndexEntry> entries) {
  Check(entries.size() <= entries_max_ - size_, "a memory table has room for what it is given");
  constexpr size_t kAhead = LookupBatch::kAhead;
  for (size_t i = 0; i < entries.size() && i < kAhead; ++i) PrefetchSlot(Home(entries[i].word0));
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i + kAhead < entries.size()) PrefetchSlot(Home(entries[i + kAhead].word0));
    const IndexEntry& entry = entries[i];
    Check(entry.sequence().value != 0, "an index entry has a sequence");
    IndexEntry* slot = Home(entry.word0);
    for (; !IsEmpty(*slot); ++slot) {
      Check(slot->word0 != entry.word0 || slot->word1 >> 24 != entry.word1 >> 24,
            "an identity is inserted once");
    }
    *slot = entry;
  }
  size_ += entries.size();
}

}  // namespace oncelog::store
