// RecordFetcher: reads records out of log files through a window, so that neighbours cost one read
// and a lone record costs 4 KiB.
//
//   Result<event::RecordView> record = fetcher.Fetch(file, offset);
//
// Threads: one; every scan has its own. The view is valid until the next call.
// Errors: kDamaged (checksum; names file and offset), kIo.
#pragma once

#include <cstdint>
#include <string>

#include "event/record.h"
#include "store/log/log_file.h"

namespace oncelog::store {

class RecordFetcher {
 public:
  explicit RecordFetcher(uint64_t store_seed) : store_seed_(store_seed) {}

  Result<event::RecordView> Fetch(const LogFile& file, uint64_t offset);
  // Whether the frame that an index names starts there: the file may be another's.
  Status CheckFrame(const LogFile& file, const FrameRef& frame);
  // The length of the record at that offset, without verifying it.
  Result<uint32_t> LengthAt(const LogFile& file, uint64_t offset);

 private:
  Result<std::string_view> View(const LogFile& file, uint64_t offset, size_t bytes);
  [[nodiscard]] Error Damaged(const LogFile& file, uint64_t offset) const;

  const uint64_t store_seed_;
  uint64_t file_id_ = 0;
  uint64_t window_at_ = 0;
  std::string window_;
};

}  // namespace oncelog::store
