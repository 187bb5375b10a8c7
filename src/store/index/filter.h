// Filter: says "surely not in this run" for more than 99 of 100 identities that are not in it, from
// one cache line of memory. A split-block Bloom filter: eight bits in one block of 32 bytes a key.
//
//   Filter filter(Filter::BlocksFor(keys));
//   filter.Add(fingerprint.high);
//   if (!filter.MayContain(fingerprint.high)) return;   // never wrong
//
// At 12 bits a key about 0.5 % of the keys that are not in it pass.
// Threads: MayContain and Prefetch together; Add alone. Ownership: owns its bits. Units: blocks.
// Source: https://github.com/apache/parquet-format/blob/master/BloomFilter.md (its block choice,
// salts and bit choice; the hash is the fingerprint's upper half, which is a keyed hash already).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "store/zeroed_memory.h"

namespace oncelog::store {

class Filter {
 public:
  static constexpr uint64_t kBitsPerKey = 12;
  static constexpr uint64_t kBlockBytes = 32;

  static uint64_t BlocksFor(uint64_t keys) {
    return keys == 0 ? 1 : (keys * kBitsPerKey + kBlockBytes * 8 - 1) / (kBlockBytes * 8);
  }

  explicit Filter(uint64_t blocks);  // empty; 1 … 2^32 - 1

  void Add(uint64_t hash) {
    Block& block = BlockOf(hash);
    const auto key = static_cast<uint32_t>(hash);
    for (size_t i = 0; i < kSalts.size(); ++i) block.words[i] |= uint32_t{1} << Bit(key, i);
  }
  [[nodiscard]] bool MayContain(uint64_t hash) const {
    const Block& block = BlockOf(hash);
    const auto key = static_cast<uint32_t>(hash);
    uint32_t all = 1;
    for (size_t i = 0; i < kSalts.size(); ++i) all &= block.words[i] >> Bit(key, i);
    return all != 0;
  }
  void Prefetch(uint64_t hash) const { __builtin_prefetch(&BlockOf(hash)); }

  // The bits as they stand on disk, followed by zeros up to a multiple of 4 KiB.
  [[nodiscard]] std::span<char> bytes() {
    return {static_cast<char*>(memory_.at()), memory_.bytes()};
  }

 private:
  struct alignas(kBlockBytes) Block {
    std::array<uint32_t, 8> words;
  };
  static constexpr std::array<uint32_t, 8> kSalts = {0x47b6137b, 0x44974d91, 0x8824ad5b,
                                                     0xa2b7289d, 0x705495c7, 0x2df1424b,
                                                     0x9efc4947, 0x5c6bfb31};
  static uint32_t Bit(uint32_t key, size_t i) { return key * kSalts[i] >> 27; }
  [[nodiscard]] Block& BlockOf(uint64_t hash) const {
    return static_cast<Block*>(memory_.at())[(hash >> 32) * blocks_ >> 32];
  }

  uint64_t blocks_;
  ZeroedMemory memory_;
};

}  // namespace oncelog::store
