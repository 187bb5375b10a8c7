// The two hash functions of oncelog, both from xxHash (XXH3), behind a plain header.
//
// Checksum64 guards bytes on disk against damage. It is seeded with where the bytes belong (store,
// file, position), so that right bytes in the wrong place do not pass.
//
// HashKey makes keyed hashes of identities and contents. Its secret is the store's own and never
// leaves it, so that nobody outside can aim collisions at a store.
//
//   HashKey key(secret_32_bytes);
//   Hash128 h = key.Hash("sensor.temp");
//
// Threads: HashKey is immutable after construction; share it freely.
// Source: XXH3 by Yann Collet, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

namespace oncelog {

uint64_t Checksum64(std::string_view bytes, uint64_t seed);

struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
  auto operator<=>(const Hash128&) const = default;
};

inline constexpr size_t kHashSecretBytes = 32;

class HashKey {
 public:
  // `secret` holds kHashSecretBytes of randomness; it is stretched to the 192 bytes XXH3 wants.
  explicit HashKey(std::string_view secret);

  [[nodiscard]] Hash128 Hash(std::string_view bytes) const;
  [[nodiscard]] uint64_t Hash64(std::string_view bytes) const;

 private:
  std::array<char, 192> stretched_;
};

}  // namespace oncelog
