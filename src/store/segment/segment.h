// Segment: one open sealed segment: its header and block index in memory, its blocks read, verified
// and decoded when they are needed, and kept in a cache that all segments share.
//
//   const auto segment = Segment::Open(fs, directory, info, store_seed, cache);
//   Result<SegmentTopic> topic = (*segment)->Topic(TopicId{3});     // kNotFound: no events of it
//   Result<FoundEvent> found = (*segment)->Find(TopicId{3}, Sequence{17});
//
// For scans see topic_cursor.h and order_cursor.h, for all of it segment_check.h.
//
// Threads: any number at once. Ownership: owns the open file; file system and cache must live
// longer. What is given out keeps its block alive.
// Errors: kDamaged names file, offset, and the topics and sequences (or positions) concerned: from
// Open for header, index and size, later for a block; kTooNew from Open; kIo.
// Memory: 88 bytes a block, which is about 0.3 MB for a million events of 214 bytes.
// Units: bytes; places, numbers of records and positions as segment_file.h counts them.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "store/fs/file_system.h"
#include "store/segment/block_cache.h"
#include "store/segment/event_block.h"
#include "store/segment/order_block.h"
#include "store/segment/record_block.h"
#include "store/segment/segment_file.h"
#include "store/segment/segment_writer.h"
#include "store/segment/topic_block.h"

namespace oncelog::store {

// One event and the block it lives in.
struct FoundEvent {
  SegmentEvent event;
  event::IndexEntry identity;
  std::shared_ptr<const EventBlock> block;
};

class Segment {
 public:
  static Result<std::shared_ptr<const Segment>> Open(FileSystem& fs, const std::string& directory,
                                                     const SegmentInfo& info, uint64_t store_seed,
                                                     BlockCache& cache);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  [[nodiscard]] const SegmentHeader& header() const { return header_; }
  [[nodiscard]] const std::string& path() const { return file_->path(); }
  [[nodiscard]] uint64_t memory_bytes() const;

  // Which events of the topic are here; kNotFound if none.
  Result<SegmentTopic> Topic(TopicId topic) const;
  Result<FoundEvent> Find(TopicId topic, Sequence sequence) const;

  // What cursors are made of. `keep`: whether the cache is to remember the block.
  [[nodiscard]] const std::vector<BlockEntry>& blocks(BlockKind kind) const {
    return entries_[static_cast<size_t>(kind)];
  }
  // The block of that kind that holds the item of that number (kTopics: the place).
  [[nodiscard]] size_t BlockOf(BlockKind kind, uint32_t item) const;
  Result<std::shared_ptr<const EventBlock>> Events(size_t block, bool keep = true) const;
  Result<std::shared_ptr<const RecordBlock>> Records(size_t block, bool keep = true) const;
  Result<std::shared_ptr<const OrderBlock>> Order(size_t block, bool keep = true) const;
  Result<std::shared_ptr<const TopicBlock>> Topics(size_t block, bool keep = true) const;
  // The bytes of a block as they stand in the file.
  Result<std::string> Stored(BlockKind kind, size_t block) const;
  [[nodiscard]] Error DamagedBlock(BlockKind kind, size_t block, const std::string& what) const;

  [[nodiscard]] BlockCache& cache() const { return cache_; }

  // Its file goes when the last who uses it is done.
  void RemoveWhenDropped() const { remove_when_dropped_.store(true, std::memory_order_relaxed); }

 private:
  Segment(FileSystem& fs, uint64_t seed, std::unique_ptr<File> file, BlockCache& cache);
  Status Load(const SegmentInfo& info);
  Status ReadAll(uint64_t offset, uint64_t bytes, std::string* to) const;
  [[nodiscard]] Error Damaged(const std::string& what) const;
  [[nodiscard]] std::string Contents(BlockKind kind, size_t block) const;
  template <typename Block, typename Decode>
  Result<std::shared_ptr<const Block>> Get(BlockKind kind, size_t number, bool keep,
                                           const Decode& decode) const;

  FileSystem& fs_;
  const uint64_t seed_;
  const std::unique_ptr<File> file_;
  BlockCache& cache_;
  const uint32_t owner_;
  SegmentHeader header_;
  BlockEntries entries_;
  mutable std::atomic<bool> remove_when_dropped_ = false;
};

}  // namespace oncelog::store
