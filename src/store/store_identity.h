// StoreIdentity: what a data directory is, in its two copies STORE and STORE.bak.
//
// Layout (little endian): 0 magic "ONCELOG\n", 8 u32 format version (1), 12 u32 fold version (1),
// 16 u32 content hash version (1), 20 u32 zero, 24 16 bytes store id, 40 u64 epoch,
// 48 32 bytes hash secret, 80 u64 checksum of bytes 0-79; its place and rule hold for all versions.
//
// The secret keys every fingerprint and content hash: without it no duplicate could be recognised
// again. So it is kept twice, and a store without it is refused, never given a new one.
//
//   Result<StoreIdentity> identity = LoadOrCreateIdentity(fs, "data");
//
// A new store gets its identity last, behind its partition (new_partition.h): an identity whose
// partition is missing is that of a store that was lost, or whose disk is not mounted.
//
// Threads: start-up only.
// Errors: kDamaged (both copies bad or lost while data exist, or data lost), kTooNew.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "store/fs/file_system.h"

namespace oncelog::store {

struct StoreIdentity {
  std::array<char, 16> store_id{};
  uint64_t epoch = 1;  // a restore starts a new one
  std::array<char, 32> secret{};

  // Seeds the checksums of everything in this store, so that other stores' bytes do not pass.
  [[nodiscard]] uint64_t checksum_seed() const;
  [[nodiscard]] std::string store_id_hex() const;
};

std::string EncodeIdentity(const StoreIdentity& identity);
Result<StoreIdentity> DecodeIdentity(std::string_view bytes, std::string_view name);

// Loads either copy and mends the other, or makes a new store in a directory that holds none.
// `mended`: set to what was wrong with the other copy.
Result<StoreIdentity> LoadOrCreateIdentity(FileSystem& fs, const std::string& directory,
                                           std::string* mended = nullptr);

// Of a store that is there, which is not changed: one good copy is enough. kNotFound if there is
// none.
Result<StoreIdentity> ReadIdentity(FileSystem& fs, const std::string& directory);

}  // namespace oncelog::store
