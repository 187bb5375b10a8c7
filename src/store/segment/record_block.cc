#include "store/segment/record_block.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"

namespace oncelog::store {

Result<std::shared_ptr<const RecordBlock>> RecordBlock::Decode(const BlockEntry& entry,
                                                               std::string_view stored,
                                                               Decompressor& decompressor) {
  auto block = std::make_shared<RecordBlock>();
  if (Status s = decompressor.Run(stored, entry.raw_bytes, &block->raw_); !s.ok()) return s.error();
  std::string_view rest = block->raw_;
  uint64_t position = 0;
  uint64_t received_at = 0;  // differences wrap around
  for (uint32_t i = 0; i < entry.items; ++i) {
    ByteReader in(rest);
    SegmentRecord record;
    record.position = {position += in.Get<uint64_t>()};
    record.received_at = {static_cast<int64_t>(received_at += in.Get<uint64_t>())};
    if (!in.ok()) return Error(Code::kDamaged, "the block is cut off");
    rest.remove_prefix(rest.size() - in.remaining());
    const Result<event::RecordView> view = event::ParseRecord(rest, 0, /*verify=*/false);
    if (!view.ok()) return view.error();
    record.record = *view;
    const bool in_order =
        block->records_.empty() || block->records_.back().position < record.position;
    if (!in_order || view->kind == event::RecordKind::kEvent) {
      return Error(Code::kDamaged, "the block holds what does not belong there");
    }
    rest.remove_prefix(view->bytes.size());
    block->records_.push_back(record);
  }
  if (!rest.empty()) return Error(Code::kDamaged, "the block holds more than its records");
  return std::shared_ptr<const RecordBlock>(std::move(block));
}

void RecordBlockBuilder::Add(Position position, UnixMs received_at, std::string_view record) {
  ByteWriter out(&raw_);
  const auto unsigned_of = [](UnixMs time) { return static_cast<uint64_t>(time.value); };
  out.Put(position.value - std::exchange(last_position_, position).value);
  out.Put(unsigned_of(received_at) - unsigned_of(std::exchange(last_received_at_, received_at)));
  out.PutBytes(record);
  ++entry_.items;
  entry_.received_min = std::min(entry_.received_min, received_at);
  entry_.received_max = std::max(entry_.received_max, received_at);
}

BlockEntry RecordBlockBuilder::Finish(Compressor& compressor, std::string* stored) {
  stored->clear();
  compressor.Append(raw_, stored);
  BlockEntry entry = std::exchange(entry_, {});
  entry.raw_bytes = static_cast<uint32_t>(raw_.size());
  entry.stored_bytes = static_cast<uint32_t>(stored->size());
  raw_.clear();
  last_position_ = {};
  last_received_at_ = {};
  return entry;
}

}  // namespace oncelog::store
