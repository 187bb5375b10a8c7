// Small helpers about paths for those who implement or use a FileSystem.
//
//   fs.SyncDirectory(DirectoryOf("data/p0000/MANIFEST"));   // data/p0000
//
// Threads: any.
#pragma once

#include <string>

namespace oncelog::store {

// The directory a path lies in: "." for a bare name, "/" for one in the root. Slashes at the end
// do not count.
std::string DirectoryOf(const std::string& path);

// What ReplaceFile names the file it writes before it is renamed. One left over from a crash is
// harmless and is replaced by the next call.
std::string TemporaryOf(const std::string& path);

}  // namespace oncelog::store
