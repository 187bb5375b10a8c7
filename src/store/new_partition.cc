#include "store/new_partition.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace oncelog::store {
namespace {

constexpr size_t kChecksumAt = 16;  // of MANIFEST, see manifest.h
constexpr size_t kChecksumBytes = 8;

// The seed went with the identity, so everything is compared but the checksum.
bool ListsNothing(std::string manifest) {
  std::string nothing = EncodeManifest(Manifest{}, /*store_seed=*/0);
  if (manifest.size() != nothing.size()) return false;
  for (std::string* bytes : {&manifest, &nothing}) {
    std::fill_n(bytes->begin() + kChecksumAt, kChecksumBytes, '\0');
  }
  return manifest == nothing;
}

// The numbers of those that MANIFEST lists in that folder.
std::vector<uint64_t> FilesIn(size_t folder, const Manifest& manifest) {
  std::vector<uint64_t> ids;
  const auto add = [&](const auto& files) {
    for (const auto& file : files) ids.push_back(file.id);
  };
  if (folder == 0) add(manifest.logs);
  if (folder == 1) add(manifest.segments);
  if (folder == 2) add(manifest.runs);
  if (folder == 3 && manifest.checkpoint_id != 0) ids.push_back(manifest.checkpoint_id);
  return ids;
}

}  // namespace

Result<bool> IsUnused(FileSystem& fs, const std::string& directory) {
  Result<std::string> manifest = ReadWholeFile(fs, ManifestPath(directory));
  if (!manifest.ok() && manifest.error().code() != Code::kNotFound) return manifest.error();
  if (manifest.ok() && !ListsNothing(manifest.Take())) return false;
  for (const std::string& folder : FoldersOf(directory)) {
    const Result<std::vector<std::string>> files = fs.List(folder);
    if (!files.ok() && files.error().code() != Code::kNotFound) return files.error();
    if (files.ok() && !files->empty()) return false;
  }
  return true;
}

Status CreatePartition(FileSystem& fs, const std::string& directory, uint64_t store_seed) {
  for (const std::string& folder : FoldersOf(directory)) {
    if (Status s = fs.CreateDirectories(folder); !s.ok()) return s;
  }
  return ReplaceFile(fs, ManifestPath(directory), EncodeManifest(Manifest{}, store_seed));
}

Status EnsureFolders(FileSystem& fs, const std::string& directory, const Manifest& manifest) {
  std::vector<std::string> missing;
  for (size_t i = 0; i < kPartitionFolders.size(); ++i) {
    const std::string folder = directory + "/" + kPartitionFolders[i];
    const Result<bool> there = fs.Exists(folder);
    if (!there.ok()) return there.error();
    if (*there) continue;
    const std::vector<uint64_t> listed = FilesIn(i, manifest);
    if (listed.empty()) {  // as of a copy that left empty folders out
      missing.push_back(folder);
      continue;
    }
    const Error lost(Code::kDamaged, folder + ": is missing, with " +
                                         std::to_string(listed.size()) +
                                         " files that MANIFEST lists (the first is " +
                                         std::to_string(listed.front()) + ")");
    const bool derived = i >= kFirstDerivedFolder;
    return derived ? OfDerivedFile(lost, directory)
                   : Error(lost.code(), lost.message() + "; put it back from a backup");
  }
  for (const std::string& folder : missing) {
    if (Status s = fs.CreateDirectories(folder); !s.ok()) return s;
  }
  return OkStatus();
}

}  // namespace oncelog::store
