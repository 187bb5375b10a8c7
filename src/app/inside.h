// Inside: whether one path lies below another, so that a backup is not written into its own store.
//
//   if (Inside("data/backup", "data")) return console.FailUsage(...);
//
// Threads: any. Links are followed as far as the paths exist; what cannot be looked at is taken as
// it is written.
#pragma once

#include <string>

namespace oncelog::app {

// Also if both are the same.
bool Inside(const std::string& path, const std::string& directory);

}  // namespace oncelog::app
