// SegmentWriter: writes one segment file, front to back: blocks kind by kind, the index, and last
// the header.
//
//   const auto writer = SegmentWriter::Create(fs, directory, target, pace);
//   Status s = (*writer)->Add(BlockKind::kEvents, entry, stored);
//   Result<SegmentInfo> segment = (*writer)->Finish();       // file and directory are synced
//
// A writer dropped before Finish succeeded removes its file. A file that is there already under the
// segment's name was left unlisted by a crash and is replaced.
// Threads: one. Ownership: owns the file while it writes; `fs` must live longer.
// Errors: kDiskFull, kIo; kBusy if `pace` gave up. Units: bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/fs/file_system.h"
#include "store/segment/segment_file.h"

namespace oncelog::store {

// A segment as MANIFEST would list it.
struct SegmentInfo {
  uint64_t id = 0;  // its file is seg/<id>.seg
  Position first_position, end_position;
  uint64_t events = 0;
  uint64_t bytes = 0;  // of the file
  bool operator==(const SegmentInfo&) const = default;
};

// Which segment is written.
struct SegmentTarget {
  uint64_t id = 0;
  Position first_position, end_position;
  uint64_t store_seed = 0;
};

// Called with bytes read or written; it may sleep to limit the rate, and answers false to give up.
using SegmentPace = std::function<bool(size_t bytes)>;

class SegmentWriter {
 public:
  static Result<std::unique_ptr<SegmentWriter>> Create(FileSystem& fs, const std::string& directory,
                                                       const SegmentTarget& target,
                                                       SegmentPace pace);
  ~SegmentWriter();
  SegmentWriter(const SegmentWriter&) = delete;
  SegmentWriter& operator=(const SegmentWriter&) = delete;

  // Kinds in their order, blocks of a kind in the order of their items.
  Status Add(BlockKind kind, BlockEntry entry, std::string_view stored);
  void SetLinks(uint64_t first, uint64_t end) {
    header_.first_link = first;
    header_.end_link = end;
  }
  void SetStubs(uint32_t stubs) { header_.stubs = stubs; }
  Result<SegmentInfo> Finish();

 private:
  SegmentWriter(FileSystem& fs, std::string directory, const SegmentTarget& target,
                SegmentPace pace);
  Status WriteBuffer();

  FileSystem& fs_;
  const std::string directory_;
  SegmentHeader header_;
  const uint64_t seed_;
  const SegmentPace pace_;
  std::unique_ptr<File> file_;
  BlockEntries entries_;
  BlockKind kind_ = BlockKind::kRecords;
  uint64_t offset_ = kSegmentPageBytes;  // behind what was added
  std::string buffer_;                   // what of it is not yet written
  uint64_t unsynced_bytes_ = 0;
  bool finished_ = false;
};

}  // namespace oncelog::store
