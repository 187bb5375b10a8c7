// LookupBatch: some identities that are looked up together, and which of them are still missing.
// Tables and runs take it one after another and fill in what they find. Working on many at once
// lets each of them ask for memory long before it is needed.
//
//   LookupBatch batch(ids, found);               // found[i].sequence() == 0 from here on: missing
//   table.Find(batch);
//   if (batch.missing() > 0) run.Find(batch);
//
// Threads: none shared. Ownership: neither ids nor results. Units: identities.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "event/identity.h"

namespace oncelog::store {

class LookupBatch {
 public:
  static constexpr size_t kIdsMax = 256;  // their cache lines fit into the first-level cache
  // How many steps before its use a cache line is asked for, so that misses to memory overlap.
  // Measured at 10 M entries: 8, 12, 20, 32 steps take 125, 123, 101, 91 ns a lookup; 48 and 64
  // make no clear difference.
  static constexpr size_t kAhead = 32;

  LookupBatch(std::span<const event::Fingerprint> ids, std::span<event::IndexEntry> found)
      : ids_(ids), found_(found), missing_(ids.size()) {
    Check(ids.size() <= kIdsMax && ids.size() == found.size(), "a batch has its limit");
    for (size_t i = 0; i < ids.size(); ++i) {
      places_[i] = static_cast<uint16_t>(i);
      found_[i] = {};
    }
  }

  [[nodiscard]] size_t missing() const { return missing_; }
  // The n-th of those missing, and where its entry goes.
  [[nodiscard]] const event::Fingerprint& id(size_t n) const { return ids_[places_[n]]; }
  [[nodiscard]] event::IndexEntry& found(size_t n) const { return found_[places_[n]]; }

  // Those found since are missing no more; the others move up.
  void DropFound() {
    size_t left = 0;
    for (size_t n = 0; n < missing_; ++n) {
      const uint16_t place = places_[n];
      places_[left] = place;
      left += found_[place].sequence().value == 0 ? 1 : 0;
    }
    missing_ = left;
  }

 private:
  std::span<const event::Fingerprint> ids_;
  std::span<event::IndexEntry> found_;
  std::array<uint16_t, kIdsMax> places_;  // of the missing ones, the first missing_
  size_t missing_;
};

}  // namespace oncelog::store
