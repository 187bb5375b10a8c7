// Index entries for tests: number n gives always the same identity and the same entry.
//
//   index.Insert(EntriesOf(0, 1000));
//   EXPECT_EQ(found, EntryOf(7));
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "event/identity.h"

namespace oncelog::test {

// A well mixed 64-bit word: splitmix64 by Sebastiano Vigna, https://prng.di.unimi.it/splitmix64.c
inline uint64_t Mixed(uint64_t n) {
  n += 0x9e3779b97f4a7c15;
  n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9;
  n = (n ^ n >> 27) * 0x94d049bb133111eb;
  return n ^ n >> 31;
}

// Spread evenly, as keyed hashes are.
inline event::Fingerprint IdOf(uint64_t n) { return {Mixed(n), Mixed(~n) >> 24}; }

// Sequence n + 1, and a content hash that depends on n.
inline event::IndexEntry EntryFor(uint64_t n, const event::Fingerprint& id) {
  return event::IndexEntry::Make(id, Sequence{n + 1}, event::ContentHash{Mixed(n ^ 0x5555) >> 16});
}
inline event::IndexEntry EntryOf(uint64_t n) { return EntryFor(n, IdOf(n)); }

inline std::vector<event::Fingerprint> IdsOf(uint64_t begin, uint64_t end) {
  std::vector<event::Fingerprint> ids;
  for (uint64_t n = begin; n < end; ++n) ids.push_back(IdOf(n));
  return ids;
}

inline std::vector<event::IndexEntry> EntriesOf(uint64_t begin, uint64_t end) {
  std::vector<event::IndexEntry> entries;
  for (uint64_t n = begin; n < end; ++n) entries.push_back(EntryOf(n));
  return entries;
}

}  // namespace oncelog::test
