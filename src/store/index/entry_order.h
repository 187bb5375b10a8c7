// How index entries are ordered and compared: by fingerprint alone, never by sequence or content.
//
//   std::sort(entries.begin(), entries.end(), EntryBefore);
//   if (IsOf(entry, id)) return entry.sequence();
//
// Threads: pure functions.
#pragma once

#include <cstdint>

#include "event/identity.h"

namespace oncelog::store {

inline bool EntryBefore(const event::IndexEntry& a, const event::IndexEntry& b) {
  return a.word0 != b.word0 ? a.word0 < b.word0 : a.word1 >> 24 < b.word1 >> 24;
}

inline bool IsOf(const event::IndexEntry& entry, const event::Fingerprint& id) {
  return entry.word0 == id.high && entry.word1 >> 24 == id.low40;
}

// floor(fraction * count / 2^64): where a key lies if keys are spread evenly. Below `count`.
inline uint64_t ScaleTo(uint64_t fraction, uint64_t count) {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(fraction) * count >> 64);
}

}  // namespace oncelog::store
