// Layout: where everything lies in a data directory, as docs/storage-format.md draws it.
//
//   const std::string partition = PartitionDirectory("data");   // data/p0000
//   LogPath(partition, 17);                                     // data/p0000/log/17.log
//
// Threads: pure functions. What takes a `directory` takes that of the partition.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace oncelog::store {

inline constexpr const char* kPartitionName = "p0000";  // there is one
// A partition's folders; what lies in the last two can be made again from the others.
inline constexpr std::array<const char*, 4> kPartitionFolders = {"log", "seg", "idx", "state"};
inline constexpr size_t kFirstDerivedFolder = 2;

std::string PartitionDirectory(const std::string& data_directory);
std::vector<std::string> FoldersOf(const std::string& directory);

std::string ManifestPath(const std::string& directory);
std::string LogDirectory(const std::string& directory);
std::string LogPath(const std::string& directory, uint64_t id);
std::string TopicIndexPath(const std::string& directory, uint64_t log_id);
std::string SegmentDirectory(const std::string& directory);
std::string IndexDirectory(const std::string& directory);
std::string CheckpointPath(const std::string& directory, uint64_t id);

}  // namespace oncelog::store
