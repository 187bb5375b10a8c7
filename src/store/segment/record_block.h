// RecordBlock: records of a segment that are no events (topics, duplicates seen, conflicts, and
// what later versions add and this one may skip), decoded; in order of position.
//
//   const auto block = RecordBlock::Decode(entry, stored, decompressor);
//   const SegmentRecord& record = (*block)->record(0);
//
// Stored: a zstd frame of, for each record: u64 position and i64 received_at of its frame, each
// minus that of the record before (0 before the first), and the record as it stood in the log
// (event/record.h), its own checksum included.
//
// Threads: RecordBlock is immutable; the builder is one thread's. Ownership: owns its bytes.
// Errors: kDamaged if it does not agree with itself or its index entry.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "base/result.h"
#include "base/time.h"
#include "event/record.h"
#include "store/segment/segment_file.h"
#include "store/segment/zstd_codec.h"

namespace oncelog::store {

struct SegmentRecord {
  Position position;
  UnixMs received_at;
  event::RecordView record;
};

class RecordBlock {
 public:
  static Result<std::shared_ptr<const RecordBlock>> Decode(const BlockEntry& entry,
                                                           std::string_view stored,
                                                           Decompressor& decompressor);

  [[nodiscard]] size_t size() const { return records_.size(); }
  [[nodiscard]] const SegmentRecord& record(size_t number) const { return records_[number]; }
  [[nodiscard]] size_t memory_bytes() const {
    return sizeof *this + raw_.capacity() + records_.capacity() * sizeof(SegmentRecord);
  }

 private:
  std::string raw_;
  std::vector<SegmentRecord> records_;
};

class RecordBlockBuilder {
 public:
  [[nodiscard]] bool empty() const { return entry_.items == 0; }
  [[nodiscard]] bool HasRoomFor(std::string_view record) const {
    return empty() || raw_.size() + record.size() <= kBlockRawBytes;
  }
  void Add(Position position, UnixMs received_at, std::string_view record);
  // Replaces `stored`. Offset, checksum and `first` of the entry are the file writer's.
  BlockEntry Finish(Compressor& compressor, std::string* stored);

 private:
  BlockEntry entry_;
  std::string raw_;
  Position last_position_;
  UnixMs last_received_at_;
};

}  // namespace oncelog::store
