// LogScan: one page of all topics' events, in the order of durability, up or down, out of segments
// and log files.
//
//   LogScan scan(state, store_seed, options, visit);
//   Result<ScanEnd> end = scan.Run();
//
// Threads: one. Frames are looked up in chunks, so that no lock is held over a disk read.
// Memory: options.memory keeps the cursor in a segment if it has a large stretch (block_cache.h),
// of which there are few: any number of scans may be under way.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "store/read/page.h"
#include "store/read/record_fetcher.h"
#include "store/segment/order_cursor.h"
#include "store/state/durable_state.h"

namespace oncelog::store {

class LogScan {
 public:
  LogScan(const DurableState& state, uint64_t store_seed, const ScanOptions& options,
          const Visitor& visit);

  Result<ScanEnd> Run();

 private:
  Status Up(uint64_t from);
  Status Down(uint64_t before);
  // A cursor that stands there: the one of the last call, if that was in this segment.
  OrderCursor& CursorAt(const std::shared_ptr<const Segment>& segment, uint64_t position);
  void KeepCursor();
  // These visit one segment, or some frames of one log file, and leave in `*at` where to go on.
  Status UpSegment(const std::shared_ptr<const Segment>& segment, uint64_t* at);
  Status DownSegment(const std::shared_ptr<const Segment>& segment, uint64_t* at);
  Status UpFrames(uint64_t* at);
  Status DownFrames(uint64_t* at);
  // Fills frames_ with frames of one file, in order: from the one that holds `position` on (up), or
  // up to it (down). Yields the file.
  Result<const LogFile*> FindFrames(uint64_t position);
  [[nodiscard]] const LogFile* FileOf(uint64_t position, size_t* number) const;
  Status VisitFrameUp(const LogFile& file, const FrameRef& frame, uint64_t from);
  Status VisitFrameDown(const LogFile& file, const FrameRef& frame, uint64_t before);
  Status VisitRecord(const LogFile& file, uint64_t offset, const FrameRef& frame, uint64_t position,
                     uint32_t* length);

  const DurableState& state_;
  const ScanOptions& options_;
  DurableState::Pinned pinned_;
  Page page_;
  RecordFetcher fetcher_;
  std::unique_ptr<OrderCursor> cursor_;
  std::vector<FrameRef> frames_;
  std::vector<uint64_t> offsets_;
};

}  // namespace oncelog::store
