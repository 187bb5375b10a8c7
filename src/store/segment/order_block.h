// OrderBlock: the order of durability of up to 16,384 neighbouring positions: which event or other
// record of the segment each of them is.
//
//   const auto order = OrderBlock::Decode(entry, stored, header, decompressor);
//   const OrderItem item = (*order)->item(position - first_position - entry.first);
//
// A topic's events stand in the same order by sequence and by position, so it is enough to say
// whose event each position is. Stored: a zstd frame of
//   varint topics that have events here; for each, in order of id: the place of its first event
//     here, as varint minus that of the topic before (0 before the first)
//   varint number of the first record here that is no event
//   for each position: 0 for a record, or 1 + which of these topics; one byte each if there are at
//     most 255 of them, else two
//
// Threads: immutable. Ownership: owns its items; 4 bytes of memory a position.
// Errors: kDamaged if it does not agree with itself or its index entry.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/segment/segment_file.h"
#include "store/segment/zstd_codec.h"

namespace oncelog::store {

inline constexpr uint32_t kOrderBlockPositions = 16'384;

// An event's place, or the number of a record that is no event.
struct OrderItem {
  bool is_event = false;
  uint32_t number = 0;
  bool operator==(const OrderItem&) const = default;
};

class OrderBlock {
 public:
  static Result<std::shared_ptr<const OrderBlock>> Decode(const BlockEntry& entry,
                                                          std::string_view stored,
                                                          const SegmentHeader& header,
                                                          Decompressor& decompressor);

  [[nodiscard]] size_t size() const { return items_.size(); }
  [[nodiscard]] OrderItem item(size_t number) const {
    return {(items_[number] & kRecordBit) == 0, items_[number] & ~kRecordBit};
  }
  [[nodiscard]] size_t memory_bytes() const {
    return sizeof *this + items_.capacity() * sizeof(uint32_t);
  }

 private:
  static constexpr uint32_t kRecordBit = uint32_t{1} << 31;

  std::vector<uint32_t> items_;
};

// Encodes the order of one block after another, for a segment of so many topics.
class OrderEncoder {
 public:
  static constexpr uint32_t kNoTopic = UINT32_MAX;
  // What a position holds: an event of the n-th topic at a place, or the record of that number.
  struct Item {
    uint32_t topic = kNoTopic;
    uint32_t number = 0;
  };

  explicit OrderEncoder(size_t topics) : codes_(topics) {}

  // Replaces `raw` by what is to be compressed. Items of a topic come in order of place.
  void Encode(std::span<const Item> items, std::string* raw);

 private:
  std::vector<uint16_t> codes_;  // of topics in the block at hand; else 0
};

}  // namespace oncelog::store
