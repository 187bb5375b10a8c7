// The beginning of a partition: its folders and a MANIFEST that lists nothing.
//
// A store begins with its partition, and only then gets its identity. So where STORE is, there was
// a MANIFEST: if it is missing, it was lost. The other way round, a partition without STORE in
// which nothing was ever listed is a first start that was cut short, and may begin again.
//
//   Result<bool> unused = IsUnused(fs, "data/p0000");
//   if (unused.ok() && *unused) Status s = CreatePartition(fs, "data/p0000", store_seed);
//
// Threads: start-up only. Ownership: none. Errors: as of the file system; kDamaged where said.
#pragma once

#include <cstdint>
#include <string>

#include "store/fs/file_system.h"
#include "store/manifest.h"

namespace oncelog::store {

// Whether nothing was ever stored there: no MANIFEST or one that never listed anything, whatever
// store it is of, and no file in any folder.
Result<bool> IsUnused(FileSystem& fs, const std::string& directory);

// All of it is durable when it returns ok.
Status CreatePartition(FileSystem& fs, const std::string& directory, uint64_t store_seed);

// Makes the folders that are not there. kDamaged, and nothing is made, if MANIFEST lists files in
// one of those.
Status EnsureFolders(FileSystem& fs, const std::string& directory, const Manifest& manifest);

}  // namespace oncelog::store
