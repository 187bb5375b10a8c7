// Frames: what the log consists of. A frame is one group commit: the records of whole batches,
// written with one write and made durable with one sync.
//
// A frame starts on a 4 KiB boundary, so that no write touches a block with acked bytes, and ends
// with zeros up to the next one. Its header (64 bytes, little endian):
//   0  u32 magic "OLFR"       4  u16 version (1)      6  u16 flags (bit 0: commit mark)
//   8  u32 payload bytes     12  u32 records
//  16  u64 position of the first record
//  24  i64 received_at, milliseconds since 1970, never before that of the frame before
//  32  u64 durable position: all records before it were durable when this frame was written
//  40  u64 checksum of the payload, seeded with store, file and position
//  48  u64 link: the header checksum of the frame before (0 for the first of a store)
//  56  u64 checksum of bytes 0-55, seeded with store and file
// The payload (event/record.h) follows at once.
//
// The links chain all frames of a store: a frame lost, repeated or moved breaks the chain.
// A commit mark is a frame without records. It is written when the log falls idle, so that within
// milliseconds every acked frame is followed by another one: a bad frame at the very end of the log
// can then only be one that was never acked.
//
//   FrameBuilder frame;
//   AppendTopicRecord(frame.payload(), ...); frame.CountRecord();
//   frame.Finish({.file_id = 3, .first_position = 17, ...}, seed);
//   file.WriteAt(offset, frame.bytes());
//
// Threads: values, one thread at a time. Units: bytes; milliseconds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/numbers.h"
#include "base/time.h"

namespace oncelog::store {

inline constexpr size_t kBlockBytes = 4096;
inline constexpr size_t kFrameHeaderBytes = 64;
// No frame is longer: the largest body a server takes, its records' headers, and room to spare.
inline constexpr size_t kFrameBytesMax = size_t{64} << 20;

constexpr uint64_t RoundUpToBlock(uint64_t bytes) {
  return (bytes + kBlockBytes - 1) / kBlockBytes * kBlockBytes;
}

struct FrameHeader {
  uint64_t file_id = 0;  // not stored: the seed of the checksums
  uint32_t payload_bytes = 0;
  uint32_t records = 0;
  Position first_position;
  UnixMs received_at;
  Position durable_position;
  uint64_t link = 0;
  bool mark = false;

  uint64_t payload_checksum = 0;  // filled in by Finish and DecodeFrameHeader
  uint64_t checksum = 0;          // likewise; the link of the next frame

  [[nodiscard]] Position end_position() const { return {first_position.value + records}; }
  [[nodiscard]] uint64_t size_on_disk() const {
    return RoundUpToBlock(kFrameHeaderBytes + payload_bytes);
  }
};

// What a block that should start a frame holds.
enum class HeaderState { kValid, kZero, kBad, kTooNew };

// `block` holds at least kFrameHeaderBytes. kZero only looks at the header's bytes.
HeaderState DecodeFrameHeader(std::string_view block, uint64_t file_id, uint64_t store_seed,
                              FrameHeader* header);
// Whether `block` claims to start the frame behind the one that `before` claims to start, by the
// link. Checksums are not looked at, so this also shows frames of another file or store in order.
bool FollowsByLink(std::string_view block, std::string_view before);
bool PayloadMatches(const FrameHeader& header, std::string_view payload, uint64_t store_seed);

class FrameBuilder {
 public:
  FrameBuilder() { Clear(); }

  void Clear();
  // Append records here, then say so with CountRecord.
  std::string* payload() { return &bytes_; }
  void CountRecord() { ++records_; }

  [[nodiscard]] uint32_t records() const { return records_; }
  [[nodiscard]] size_t size() const { return bytes_.size(); }  // header and payload so far

  // Pads the frame and fills its header in; `header` gives file, position, times and link.
  void Finish(FrameHeader header, uint64_t store_seed);

  [[nodiscard]] const FrameHeader& header() const { return header_; }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  // The records, once finished.
  [[nodiscard]] std::string_view records_bytes() const {
    return std::string_view(bytes_).substr(kFrameHeaderBytes, header_.payload_bytes);
  }

 private:
  std::string bytes_;
  uint32_t records_ = 0;
  FrameHeader header_;
};

}  // namespace oncelog::store
