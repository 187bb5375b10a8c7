#include "store/segment/order_block.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "store/segment/packed.h"

namespace oncelog::store {
namespace {

constexpr size_t kNarrowTopicsMax = UINT8_MAX;

Error Damaged() { return {Code::kDamaged, "the order it holds contradicts itself or the index"}; }

}  // namespace

Result<std::shared_ptr<const OrderBlock>> OrderBlock::Decode(const BlockEntry& entry,
                                                             std::string_view stored,
                                                             const SegmentHeader& header,
                                                             Decompressor& decompressor) {
  std::string raw;
  if (Status s = decompressor.Run(stored, entry.raw_bytes, &raw); !s.ok()) return s.error();
  PackedReader in(raw);
  // By what a position holds: the next number; records in front.
  std::vector<uint32_t> next(size_t{in.VarintUpTo(entry.items)} + 1);
  uint64_t place = 0;
  for (size_t i = 1; i < next.size(); ++i) {
    place += in.VarintUpTo(header.events);
    if (place >= header.events) return Damaged();
    next[i] = static_cast<uint32_t>(place);
  }
  next[0] = in.VarintUpTo(header.records);
  const size_t width = next.size() - 1 <= kNarrowTopicsMax ? 1 : 2;
  if (!in.ok() || in.remaining() != entry.items * width) return Damaged();

  auto block = std::make_shared<OrderBlock>();
  block->items_.resize(entry.items);
  const char* at = in.rest().data();
  for (uint32_t& item : block->items_) {
    const size_t which = width == 1 ? static_cast<uint8_t>(*at) : LoadLe<uint16_t>(at);
    at += width;
    if (which >= next.size()) return Damaged();
    const uint32_t number = next[which]++;
    if (number >= (which == 0 ? header.records : header.events)) return Damaged();
    item = which == 0 ? number | kRecordBit : number;
  }
  return std::shared_ptr<const OrderBlock>(std::move(block));
}

void OrderEncoder::Encode(std::span<const Item> items, std::string* raw) {
  Check(items.size() <= kOrderBlockPositions, "a block of the order has its limit");
  std::vector<std::pair<uint32_t, uint32_t>> firsts;  // place of a topic's first event here; topic
  uint32_t first_record = 0;
  bool records = false;
  for (const Item& item : items) {
    if (item.topic == kNoTopic) {
      if (!std::exchange(records, true)) first_record = item.number;
    } else if (std::exchange(codes_[item.topic], uint16_t{1}) == 0) {
      firsts.emplace_back(item.number, item.topic);
    }
  }
  std::sort(firsts.begin(), firsts.end());

  raw->clear();
  PutVarint(raw, firsts.size());
  uint32_t before = 0;
  uint16_t code = 0;
  for (const auto& [place, topic] : firsts) {
    PutVarint(raw, place - std::exchange(before, place));
    codes_[topic] = ++code;
  }
  PutVarint(raw, first_record);
  for (const Item& item : items) {
    const uint16_t which = item.topic == kNoTopic ? uint16_t{0} : codes_[item.topic];
    raw->push_back(static_cast<char>(which));
    if (firsts.size() > kNarrowTopicsMax) raw->push_back(static_cast<char>(which >> 8));
  }
  for (const auto& [place, topic] : firsts) codes_[topic] = 0;
}

}  // namespace oncelog::store
