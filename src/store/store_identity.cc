#include "store/store_identity.h"

#include <random>
#include <string_view>

#include "base/bytes.h"
#include "base/hash.h"

namespace oncelog::store {
namespace {

constexpr std::string_view kMagic = "ONCELOG\n";
constexpr uint32_t kFormatVersion = 1;
constexpr uint32_t kFoldVersion = 1;
constexpr uint32_t kContentHashVersion = 1;
constexpr size_t kIdentityBytes = 88;
constexpr uint64_t kIdentitySeed = 0;

void FillRandom(char* to, size_t bytes) {
  std::random_device random;  // the operating system's generator
  for (size_t at = 0; at < bytes; at += sizeof(uint32_t)) {
    StoreLe(to + at, static_cast<uint32_t>(random()));
  }
}

Result<StoreIdentity> Load(FileSystem& fs, const std::string& path) {
  Result<std::string> bytes = ReadWholeFile(fs, path);
  if (!bytes.ok()) return bytes.error();
  return DecodeIdentity(*bytes, path);
}

Result<StoreIdentity> Create(FileSystem& fs, const std::string& directory) {
  StoreIdentity identity;
  FillRandom(identity.store_id.data(), identity.store_id.size());
  FillRandom(identity.secret.data(), identity.secret.size());
  for (const char* name : {"/STORE.bak", "/STORE"}) {
    if (Status s = ReplaceFile(fs, directory + name, EncodeIdentity(identity)); !s.ok()) {
      return s.error();
    }
  }
  return identity;
}

}  // namespace

uint64_t StoreIdentity::checksum_seed() const {
  return Checksum64({store_id.data(), store_id.size()}, 1);
}

std::string StoreIdentity::store_id_hex() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : store_id) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string EncodeIdentity(const StoreIdentity& identity) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.PutBytes(kMagic);
  out.Put(kFormatVersion);
  out.Put(kFoldVersion);
  out.Put(kContentHashVersion);
  out.Put(uint32_t{0});
  out.PutBytes({identity.store_id.data(), identity.store_id.size()});
  out.Put(identity.epoch);
  out.PutBytes({identity.secret.data(), identity.secret.size()});
  out.Put(Checksum64(bytes, kIdentitySeed));
  return bytes;
}

Result<StoreIdentity> DecodeIdentity(std::string_view bytes, std::string_view name) {
  const Error damaged(Code::kDamaged, std::string(name) + ": not a whole oncelog store identity");
  if (bytes.size() < kIdentityBytes || bytes.substr(0, kMagic.size()) != kMagic) return damaged;
  ByteReader in(bytes.substr(kMagic.size()));
  const auto format = in.Get<uint32_t>();
  const auto fold = in.Get<uint32_t>();
  const auto content = in.Get<uint32_t>();
  if (format > kFormatVersion || fold > kFoldVersion || content > kContentHashVersion) {
    return Error(Code::kTooNew, std::string(name) +
                                    ": this store was written by a newer oncelog; "
                                    "start it with that version or a later one");
  }
  if (bytes.size() != kIdentityBytes) return damaged;
  in.Get<uint32_t>();
  StoreIdentity identity;
  in.GetBytes(identity.store_id.size()).copy(identity.store_id.data(), identity.store_id.size());
  identity.epoch = in.Get<uint64_t>();
  in.GetBytes(identity.secret.size()).copy(identity.secret.data(), identity.secret.size());
  if (in.Get<uint64_t>() != Checksum64(bytes.substr(0, kIdentityBytes - 8), kIdentitySeed)) {
    return damaged;
  }
  return identity;
}

Result<StoreIdentity> LoadOrCreateIdentity(FileSystem& fs, const std::string& directory) {
  const std::string main = directory + "/STORE";
  const std::string spare = directory + "/STORE.bak";
  Result<StoreIdentity> first = Load(fs, main);
  if (!first.ok() && first.error().code() == Code::kTooNew) return first;
  Result<StoreIdentity> second = Load(fs, spare);
  if (!first.ok() && !second.ok()) {
    Result<bool> has_data = fs.Exists(directory + "/p0000/MANIFEST");
    if (!has_data.ok()) return has_data.error();
    const bool both_missing =
        first.error().code() == Code::kNotFound && second.error().code() == Code::kNotFound;
    if (both_missing && !*has_data) return Create(fs, directory);
    return Error(Code::kDamaged,
                 directory + ": STORE and STORE.bak are both lost or damaged (" +
                     first.error().message() +
                     "); without the secret in them no duplicate can be recognised: "
                     "put one of them back from a backup");
  }
  const StoreIdentity identity = first.ok() ? *first : *second;
  if (first.ok() && second.ok() && EncodeIdentity(*first) != EncodeIdentity(*second)) {
    return Error(Code::kDamaged, directory + ": STORE and STORE.bak are of different stores");
  }
  for (const auto& [copy, path] : {std::pair(&first, main), std::pair(&second, spare)}) {
    if (copy->ok()) continue;
    if (Status s = ReplaceFile(fs, path, EncodeIdentity(identity)); !s.ok()) return s.error();
  }
  return identity;
}

}  // namespace oncelog::store
