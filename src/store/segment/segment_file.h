// The bytes of a segment file: header, blocks, index. docs/storage-format/segment.md draws them.
//
//   page 0       header: 4096 bytes, written last
//   blocks       one behind the other, in four kinds: records, events, order, topics
//   index        pages of 4096 bytes, each with 46 entries of 88 bytes, one for each block
//
// Header:                                        Index entry:
//    0   8  magic "ONCESEG\n"                       0   8  offset of the block in the file
//    8   4  format version, 1 or 2                  8   4  stored bytes
//   12   4  zero                                   12   4  raw bytes: of what is compressed in it
//   16   8  segment id                             16   8  checksum of the stored bytes
//   24   8  position of the first record           24   4  number of its first item
//   32   8  position behind the last one           28   4  items
//   40   8  link before the first frame            32   4  first topic id
//   48   8  link behind the last frame             36   4  last topic id
//   56   4  events                                 40   8  first sequence (of the first topic)
//   60   4  records that are no events             48   8  last sequence (of the last topic)
//   64   4  topics that have events                56   8  smallest timestamp, seconds
//   68  16  blocks of each kind, 4 x u32           64   8  largest timestamp, seconds
//   84   4  stubs among the events                 72   8  smallest received_at
//   88   8  offset of the index                    80   8  largest received_at
//   96   8  bytes of the file
//  104      zeros                                Index page: 46 entries, zeros where there is none,
// 4088   8  checksum of the 4088 bytes before      zeros to 4088, checksum of the bytes before
//
// A stub is an event whose payload is gone: its JSON and source are empty, it has no timestamp.
// A segment with stubs has format version 2, one without has version 1 and zeros in their place.
//
// Every checksum is Checksum64(bytes, segment seed + offset of the bytes in the file); the segment
// seed is Checksum64(segment id as 8 bytes, the store's seed). Blocks, index and header fill the
// file without gaps, so every byte of it is covered.
//
// What an item is: a record, an event, a position, a topic. Their numbers count from 0 within the
// segment: records by position, events by (topic, sequence), which is their place, positions from
// the first one, topics by id; for a topics block it is the place of its first topic's first event.
//
// Threads: pure functions. Errors: kDamaged, kTooNew.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "base/result.h"
#include "base/time.h"

namespace oncelog::store {

inline constexpr uint64_t kSegmentPageBytes = 4096;
inline constexpr uint32_t kSegmentFormatVersion = 2;
inline constexpr size_t kBlockEntryBytes = 88;
inline constexpr size_t kPageEntries = 46;
inline constexpr size_t kBlockRawBytes = size_t{64} << 10;     // aimed at
inline constexpr size_t kBlockRawBytesMax = size_t{80} << 20;  // a frame's largest event and more
inline constexpr size_t kBlockItemsMax = size_t{1} << 20;      // of one block
inline constexpr uint32_t kSegmentRecordsMax = uint32_t{1} << 30;

// What a stub has for its timestamp; it is not among the smallest and largest of a block.
inline constexpr Instant kNoTimestamp{INT64_MIN, 0};

enum class BlockKind : uint8_t { kRecords, kEvents, kOrder, kTopics };
inline constexpr size_t kBlockKinds = 4;

// Where one block is and what it holds.
struct BlockEntry {
  uint64_t offset = 0;
  uint32_t stored_bytes = 0;
  uint32_t raw_bytes = 0;
  uint64_t checksum = 0;
  uint32_t first = 0;  // number of its first item
  uint32_t items = 0;
  TopicId first_topic, last_topic;
  Sequence first_sequence, last_sequence;
  int64_t timestamp_min = INT64_MAX, timestamp_max = INT64_MIN;  // seconds
  UnixMs received_min{INT64_MAX}, received_max{INT64_MIN};

  [[nodiscard]] uint32_t end() const { return first + items; }
  void CountTimes(const Instant& timestamp, UnixMs received_at);
};

struct SegmentHeader {
  uint64_t id = 0;
  Position first_position, end_position;
  uint64_t first_link = 0, end_link = 0;
  uint32_t events = 0;
  uint32_t records = 0;  // that are no events
  uint32_t topics = 0;
  std::array<uint32_t, kBlockKinds> blocks{};
  uint32_t stubs = 0;  // among the events
  uint64_t index_offset = 0;

  [[nodiscard]] uint64_t all_blocks() const;
  [[nodiscard]] uint64_t index_pages() const;
  [[nodiscard]] uint64_t file_bytes() const;
};

using BlockEntries = std::array<std::vector<BlockEntry>, kBlockKinds>;

std::string SegmentPath(const std::string& directory, uint64_t id);  // <directory>/<id>.seg
uint64_t SegmentSeed(uint64_t store_seed, uint64_t id);
uint64_t SegmentChecksum(uint64_t segment_seed, uint64_t offset, std::string_view bytes);

std::string EncodeSegmentHeader(const SegmentHeader& header, uint64_t seed);  // one page
Result<SegmentHeader> DecodeSegmentHeader(std::string_view page, uint64_t seed);

// All pages of the index, as they stand at header.index_offset.
std::string EncodeBlockIndex(const SegmentHeader& header, const BlockEntries& entries,
                             uint64_t seed);
// The entries agree with each other and with the header: no gaps, nothing twice.
Result<BlockEntries> DecodeBlockIndex(std::string_view pages, const SegmentHeader& header,
                                      uint64_t seed);

}  // namespace oncelog::store
