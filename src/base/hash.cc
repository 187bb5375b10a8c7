#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/check.h"

namespace oncelog {

uint64_t Checksum64(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

HashKey::HashKey(std::string_view secret) {
  Check(secret.size() == kHashSecretBytes, "the hash secret has its full length");
  static_assert(sizeof stretched_ == XXH3_SECRET_DEFAULT_SIZE);
  // Each 16-byte piece is a hash of the secret under another seed: the bytes look random, as XXH3
  // demands of a secret, and depend on all of ours.
  for (size_t at = 0; at < stretched_.size(); at += sizeof(XXH128_hash_t)) {
    const XXH128_hash_t piece = XXH3_128bits_withSeed(secret.data(), secret.size(), at + 1);
    XXH128_canonicalFromHash(reinterpret_cast<XXH128_canonical_t*>(&stretched_[at]), piece);
  }
}

Hash128 HashKey::Hash(std::string_view bytes) const {
  const XXH128_hash_t hash =
      XXH3_128bits_withSecret(bytes.data(), bytes.size(), stretched_.data(), stretched_.size());
  return {hash.low64, hash.high64};
}

uint64_t HashKey::Hash64(std::string_view bytes) const {
  return XXH3_64bits_withSecret(bytes.data(), bytes.size(), stretched_.data(), stretched_.size());
}

}  // namespace oncelog
