#include "store/layout.h"

#include <string_view>

namespace oncelog::store {
namespace {

std::string FilePath(const std::string& folder, uint64_t id, std::string_view ending) {
  return folder + "/" + std::to_string(id) + std::string(ending);
}

}  // namespace

std::string PartitionDirectory(const std::string& data_directory) {
  return data_directory + "/" + kPartitionName;
}

std::vector<std::string> FoldersOf(const std::string& directory) {
  std::vector<std::string> folders;
  folders.reserve(kPartitionFolders.size());
  for (const char* name : kPartitionFolders) folders.push_back(directory + "/" + name);
  return folders;
}

std::string ManifestPath(const std::string& directory) { return directory + "/MANIFEST"; }
std::string LogDirectory(const std::string& directory) { return directory + "/log"; }
std::string LogPath(const std::string& directory, uint64_t id) {
  return FilePath(LogDirectory(directory), id, ".log");
}
std::string TopicIndexPath(const std::string& directory, uint64_t log_id) {
  return FilePath(LogDirectory(directory), log_id, ".topics");
}
std::string SegmentDirectory(const std::string& directory) { return directory + "/seg"; }
std::string IndexDirectory(const std::string& directory) { return directory + "/idx"; }
std::string CheckpointPath(const std::string& directory, uint64_t id) {
  return FilePath(directory + "/state", id, ".ckpt");
}

}  // namespace oncelog::store
