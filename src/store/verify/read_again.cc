#include "store/verify/read_again.h"

#include <memory>

#include "store/segment/segment.h"
#include "store/verify/log_order.h"
#include "store/verify/log_walk.h"

namespace oncelog::store {
namespace {

class LogRecords : public LogVisitor {
 public:
  explicit LogRecords(const std::function<void(const event::RecordView&, Position)>& visit)
      : visit_(visit) {}
  Status Frame(const FrameHeader& /*header*/, uint64_t /*offset*/) override { return OkStatus(); }
  Status Record(const event::RecordView& record, const FrameHeader& header,
                uint64_t /*at*/) override {
    visit_(record, header.first_position);
    return OkStatus();
  }
  Status Damage(const LogDamage& /*damage*/) override { return OkStatus(); }

 private:
  const std::function<void(const event::RecordView&, Position)>& visit_;
};

}  // namespace

void ReadSegmentsAgain(const StoreParts& parts,
                       const std::function<bool(const BlockEntry&)>& wanted,
                       const std::function<void(const EventRow&)>& visit) {
  BlockCache cache(0);
  for (const SegmentInfo& info : parts.manifest.segments) {
    const auto segment =
        Segment::Open(parts.fs, SegmentDirectory(parts.directory), info, parts.store_seed, cache);
    if (!segment.ok()) continue;
    const std::vector<BlockEntry>& blocks = (*segment)->blocks(BlockKind::kEvents);
    for (size_t n = 0; n < blocks.size(); ++n) {
      if (wanted && !wanted(blocks[n])) continue;
      const auto block = (*segment)->Events(n, /*keep=*/false);
      for (size_t i = 0; block.ok() && i < (*block)->size(); ++i) {
        const SegmentEvent event = (*block)->event(i);
        visit({event.topic, (*block)->identity(i), event.json.size()});
      }
    }
  }
}

void ReadLogAgain(const StoreParts& parts,
                  const std::function<void(const event::RecordView&, Position)>& visit) {
  LogRecords visitor(visit);
  for (const LogFileInfo& info :
       LogFilesInOrder(parts.fs, parts.directory, parts.manifest, parts.store_seed)) {
    const Result<std::unique_ptr<File>> file =
        parts.fs.Open(LogPath(parts.directory, info.id), OpenMode::kRead);
    LogChain chain;
    if (file.ok()) (void)WalkLog(**file, info, parts.store_seed, visitor, &chain);
  }
}

}  // namespace oncelog::store
