#include "store/store_identity.h"

#include <random>
#include <string_view>

#include "base/bytes.h"
#include "base/hash.h"
#include "event/content_hash.h"
#include "store/new_partition.h"

namespace oncelog::store {
namespace {

constexpr std::string_view kMagic = "ONCELOG\n";
constexpr uint32_t kFormatVersion = 1;
constexpr uint32_t kFoldVersion = 1;
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

// The identity comes last: where it is, all of the store has been there.
Result<StoreIdentity> Create(FileSystem& fs, const std::string& directory) {
  StoreIdentity identity;
  FillRandom(identity.store_id.data(), identity.store_id.size());
  FillRandom(identity.secret.data(), identity.secret.size());
  Status made = CreatePartition(fs, PartitionDirectory(directory), identity.checksum_seed());
  if (!made.ok()) return made.error();
  for (const char* name : {"/STORE.bak", "/STORE"}) {
    if (Status s = ReplaceFile(fs, directory + name, EncodeIdentity(identity)); !s.ok()) {
      return s.error();
    }
  }
  return identity;
}

// Of a store whose identity is there.
Status CheckPartitionIsThere(FileSystem& fs, const std::string& directory) {
  const std::string partition = PartitionDirectory(directory);
  for (const std::string& path : {partition, ManifestPath(partition)}) {
    Result<bool> there = fs.Exists(path);
    if (!there.ok()) return there.error();
    if (*there) continue;
    return Error(Code::kDamaged,
                 path + ": is missing, though " + directory +
                     "/STORE says that a store is here: is its disk mounted? If so, put it back "
                     "from a backup; a new, empty store needs an empty directory (nothing was "
                     "changed)");
  }
  return OkStatus();
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
  out.Put(event::kContentHashVersion);
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
  const auto checksum = LoadLe<uint64_t>(bytes.data() + kIdentityBytes - 8);
  if (checksum != Checksum64(bytes.substr(0, kIdentityBytes - 8), kIdentitySeed)) return damaged;
  ByteReader in(bytes.substr(kMagic.size()));
  const auto format = in.Get<uint32_t>();
  const auto fold = in.Get<uint32_t>();
  const auto content = in.Get<uint32_t>();
  if (format > kFormatVersion || fold > kFoldVersion || content > event::kContentHashVersion) {
    return Error(Code::kTooNew,
                 std::string(name) +
                     ": this store was written by a newer oncelog; "
                     "start it with that version or a later one (nothing was changed)");
  }
  if (bytes.size() != kIdentityBytes) return damaged;
  in.Get<uint32_t>();
  StoreIdentity identity;
  in.GetBytes(identity.store_id.size()).copy(identity.store_id.data(), identity.store_id.size());
  identity.epoch = in.Get<uint64_t>();
  in.GetBytes(identity.secret.size()).copy(identity.secret.data(), identity.secret.size());
  return identity;
}

Result<StoreIdentity> LoadOrCreateIdentity(FileSystem& fs, const std::string& directory,
                                           std::string* mended) {
  const std::string main = directory + "/STORE";
  const std::string spare = directory + "/STORE.bak";
  Result<StoreIdentity> first = Load(fs, main);
  if (!first.ok() && first.error().code() == Code::kTooNew) return first;
  Result<StoreIdentity> second = Load(fs, spare);
  if (!second.ok() && second.error().code() == Code::kTooNew) return second;
  if (!first.ok() && !second.ok()) {
    for (const Result<StoreIdentity>* copy : {&first, &second}) {
      const Code code = copy->error().code();  // another one: it cannot be read now
      if (code != Code::kDamaged && code != Code::kNotFound) return copy->error();
    }
    Result<bool> unused = IsUnused(fs, PartitionDirectory(directory));
    if (!unused.ok()) return unused.error();
    const bool both_missing =
        first.error().code() == Code::kNotFound && second.error().code() == Code::kNotFound;
    if (both_missing && *unused) return Create(fs, directory);
    return Error(Code::kDamaged,
                 directory + ": STORE and STORE.bak are both lost or damaged (" +
                     first.error().message() +
                     "); without the secret in them no duplicate can be recognised: "
                     "put one of them back from a backup (nothing was changed)");
  }
  const StoreIdentity identity = first.ok() ? *first : *second;
  if (first.ok() && second.ok() && EncodeIdentity(*first) != EncodeIdentity(*second)) {
    return Error(Code::kDamaged,
                 directory + ": STORE and STORE.bak are of different stores (nothing was changed)");
  }
  if (Status s = CheckPartitionIsThere(fs, directory); !s.ok()) return s.error();
  for (const auto& [copy, path] : {std::pair(&first, main), std::pair(&second, spare)}) {
    if (copy->ok()) continue;
    if (Status s = ReplaceFile(fs, path, EncodeIdentity(identity)); !s.ok()) return s.error();
    if (mended != nullptr) *mended = copy->error().message();
  }
  return identity;
}

Result<StoreIdentity> ReadIdentity(FileSystem& fs, const std::string& directory) {
  Result<StoreIdentity> first = Load(fs, directory + "/STORE");
  if (!first.ok() && first.error().code() == Code::kTooNew) return first;
  Result<StoreIdentity> second = Load(fs, directory + "/STORE.bak");
  if (first.ok() && second.ok() && EncodeIdentity(*first) != EncodeIdentity(*second)) {
    return Error(Code::kDamaged, directory + ": STORE and STORE.bak are of different stores");
  }
  if (first.ok()) return first;
  if (second.ok() || first.error().code() != Code::kNotFound) {
    return second.ok() ? second : first;
  }
  if (second.error().code() != Code::kNotFound) return second;
  return Error(Code::kNotFound, directory + ": there is no oncelog store here");
}

}  // namespace oncelog::store
