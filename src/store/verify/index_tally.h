// IndexTally: which entries an index holds, in a form that two readings can be compared by without
// sorting or looking anything up: for each of 65,536 parts (the first 16 bits of the fingerprint)
// how many entries, and the sum of a keyed 128-bit hash of each.
//
// Two tallies are equal only if the entries are the same, one by one (but for once in 2^128). The
// log has its entries in the order of arrival and the runs have theirs sorted, so anything exact
// would have to sort 24 bytes an event on disk, or look each of them up at random; this reads both
// once, front to back, in 1.5 MB of memory. Only parts that differ are looked into one by one.
//
//   IndexTally from_log(key);   from_log.Add(record.entry);
//   if (!from_log.SamePart(from_runs, 17)) ...
//
// Threads: one.
#pragma once

#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "event/identity.h"

namespace oncelog::store {

class IndexTally {
 public:
  static constexpr uint32_t kParts = 1 << 16;

  explicit IndexTally(const HashKey& key) : key_(key), parts_(kParts) {}

  static uint32_t PartOf(const event::IndexEntry& entry) {
    return static_cast<uint32_t>(entry.word0 >> 48);
  }
  void Add(const event::IndexEntry& entry) {
    const Hash128 hash = key_.Hash({reinterpret_cast<const char*>(&entry), sizeof entry});
    Part& part = parts_[PartOf(entry)];
    ++part.entries;
    part.low += hash.low;
    part.high += hash.high;
  }
  [[nodiscard]] bool SamePart(const IndexTally& other, uint32_t part) const {
    const Part& a = parts_[part];
    const Part& b = other.parts_[part];
    return a.entries == b.entries && a.low == b.low && a.high == b.high;
  }
  [[nodiscard]] uint64_t entries(uint32_t part) const { return parts_[part].entries; }

 private:
  struct Part {
    uint64_t entries = 0;
    uint64_t low = 0, high = 0;  // two sums of 64 bits each
  };

  const HashKey& key_;
  std::vector<Part> parts_;
};

}  // namespace oncelog::store
