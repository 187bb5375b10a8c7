// What the store remembers of an event for ever: 24 bytes.
//
// Fingerprint: the keyed 104-bit hash of (topic, event_id). Two different identities share one with
// a probability of 2^-104 a pair, so equal fingerprints are taken for the same identity.
// ContentHash: the keyed 48-bit hash of the canonical content; a difference proves `conflict`.
// IndexEntry: both, with the sequence the event got, packed; sorts by fingerprint.
//
//   Fingerprint id = FingerprintOf(key, "sensor.temp", "evt_001");
//   IndexEntry entry = IndexEntry::Make(id, Sequence{7}, content);
//
// Threads: values.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "base/hash.h"
#include "base/numbers.h"

namespace oncelog::event {

struct Fingerprint {
  uint64_t high = 0;   // the most significant 64 bits
  uint64_t low40 = 0;  // the least significant 40 bits, in the low bits of this word
  auto operator<=>(const Fingerprint&) const = default;
};

struct ContentHash {
  uint64_t value = 0;  // 48 bits
  auto operator<=>(const ContentHash&) const = default;
};

// Neither string may hold a NUL (the event rules forbid control characters in both): one separates
// them, so that ("a","bc") and ("ab","c") differ.
Fingerprint FingerprintOf(const HashKey& key, std::string_view topic, std::string_view event_id);

// Three little-endian words as they stand on disk, in records and in index runs.
struct IndexEntry {
  uint64_t word0 = 0;  // fingerprint.high
  uint64_t word1 = 0;  // fingerprint.low40 << 24 | sequence >> 16
  uint64_t word2 = 0;  // (sequence & 0xffff) << 48 | content

  static IndexEntry Make(const Fingerprint& id, Sequence sequence, ContentHash content) {
    return {id.high, id.low40 << 24 | sequence.value >> 16, sequence.value << 48 | content.value};
  }
  [[nodiscard]] Fingerprint fingerprint() const { return {word0, word1 >> 24}; }
  [[nodiscard]] Sequence sequence() const { return {(word1 & 0xff'ffff) << 16 | word2 >> 48}; }
  [[nodiscard]] ContentHash content() const { return {word2 & 0xffff'ffff'ffff}; }
  bool operator==(const IndexEntry&) const = default;
};
static_assert(sizeof(IndexEntry) == 24);

}  // namespace oncelog::event
