// SegmentRewriter: writes a segment again without the payloads that are gone: the same records at
// the same positions, in the same order, under another number.
//
//   SegmentRewriter rewriter(fs, "data/p0000/seg",
//                            {.id = 12, .first_position = from, .end_position = to,
//                             .store_seed = seed}, pace, gone);
//   Result<SegmentInfo> segment = rewriter.Rewrite(*old);     // written, synced; not yet in use
//
// Events that are gone become stubs, conflicts with them lose their JSON (gone.h); all else is
// taken over as it stands. Every block of the old segment is verified when it is read.
//
// Memory: 4 bytes an event, besides the blocks being read and built. The cache is not filled.
// Threads: one. Ownership: borrows file system and old segment. Used once.
// Errors: kDamaged names the old segment and offset; kDiskFull, kIo; kBusy if `pace` gave up. After
// an error no file is left. Units: `pace` is told bytes before compression.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "store/fs/file_system.h"
#include "store/segment/event_block_builder.h"
#include "store/segment/gone.h"
#include "store/segment/record_block.h"
#include "store/segment/segment.h"
#include "store/segment/segment_writer.h"

namespace oncelog::store {

class SegmentRewriter {
 public:
  SegmentRewriter(FileSystem& fs, std::string directory, const SegmentTarget& target,
                  SegmentPace pace, GonePredicate gone);

  Result<SegmentInfo> Rewrite(const Segment& from);

 private:
  Result<SegmentInfo> WriteAll(const Segment& from);
  Status WriteRecords(const Segment& from);
  Status CloseRecords();
  Status FindOrder(const Segment& from);
  Status WriteEvents(const Segment& from);
  Status WriteEvent(const Segment& from, size_t block, const SegmentEvent& event,
                    const event::IndexEntry& identity);
  Status CloseEvents();
  // The blocks of that kind as they are; with `times`, other timestamps in their entries.
  Status CopyBlocks(const Segment& from, BlockKind kind, const std::vector<BlockEntry>* times);
  Status Pace(size_t bytes);

  FileSystem& fs_;
  const std::string directory_;
  const SegmentTarget target_;
  const SegmentPace pace_;
  const GonePredicate gone_;

  std::unique_ptr<SegmentWriter> writer_;
  Compressor compressor_;
  std::string stored_, blank_;  // reused
  RecordBlockBuilder records_block_;
  EventBlockBuilder events_block_;
  std::vector<uint32_t> order_of_place_;  // by place: the order block of the event's position
  std::vector<BlockEntry> order_times_;   // by order block; only their timestamps are used
  uint32_t place_ = 0;                    // of the next event
  TopicId last_topic_;                    // of the event before, if there is one
  Sequence last_sequence_;
  uint32_t stubs_ = 0;
};

}  // namespace oncelog::store
