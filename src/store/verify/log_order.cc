#include "store/verify/log_order.h"

#include <algorithm>
#include <tuple>

#include "store/log/log_scanner.h"

namespace oncelog::store {

std::vector<LogFileInfo> LogFilesInOrder(FileSystem& fs, const std::string& directory,
                                         const Manifest& manifest, uint64_t store_seed) {
  std::vector<LogFileInfo> closed;
  std::vector<LogFileInfo> open;
  for (LogFileInfo info : manifest.logs) {
    if (info.closed) {
      closed.push_back(info);
      continue;
    }
    info.first_position = {UINT64_MAX};
    Result<std::unique_ptr<File>> file = fs.Open(LogPath(directory, info.id), OpenMode::kRead);
    if (file.ok()) {
      LogScanner scan(**file, info.id, store_seed, 0, info.capacity_bytes);
      const LogScanner::State state = scan.Next();
      if (state == LogScanner::State::kEnd || state == LogScanner::State::kBad) continue;
      if (state == LogScanner::State::kFrame) info.first_position = scan.header().first_position;
    }
    open.push_back(info);
  }
  const auto before = [](const LogFileInfo& a, const LogFileInfo& b) {
    return std::tie(a.first_position, a.end_position, a.id) <
           std::tie(b.first_position, b.end_position, b.id);
  };
  std::sort(closed.begin(), closed.end(), before);
  std::sort(open.begin(), open.end(), before);
  closed.insert(closed.end(), open.begin(), open.end());
  return closed;
}

}  // namespace oncelog::store
