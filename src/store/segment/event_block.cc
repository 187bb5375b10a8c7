#include "store/segment/event_block.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "store/segment/packed.h"
#include "store/segment/uuid_text.h"

namespace oncelog::store {
namespace {

constexpr uint32_t kNanosEnd = 1'000'000'000;

Error Damaged(const char* what) { return {Code::kDamaged, what}; }

}  // namespace

// Reads the parts of a stored block in their order; false: they do not fit together.
class EventBlock::Parser {
 public:
  Parser(EventBlock* block, const BlockEntry& entry)
      : block_(*block), entry_(entry), in_(block->raw_) {}

  bool Parse(std::string_view plain) {
    block_.events_.resize(entry_.items);
    return Runs() && Sources() && Columns() && TextAndIdentities(plain);
  }

 private:
  bool Runs() {
    const uint32_t runs = in_.VarintUpTo(entry_.items);
    uint64_t topic = 0;
    size_t number = 0;
    for (uint32_t run = 0; run < runs; ++run) {
      const uint64_t step = in_.Varint();
      const uint64_t first = in_.Varint();
      const uint32_t count = in_.VarintUpTo(block_.events_.size() - number);
      topic += step;
      const bool in_order = run == 0 || step > 0;
      if (!in_.ok() || !in_order || step > UINT32_MAX || topic > UINT32_MAX || count == 0) {
        return false;
      }
      if (first == 0 || first > kSequenceMax || first + count - 1 > kSequenceMax) return false;
      for (uint32_t i = 0; i < count; ++i, ++number) {
        block_.events_[number].topic = static_cast<uint32_t>(topic);
        block_.events_[number].sequence = first + i;
      }
    }
    if (!in_.ok() || number != block_.events_.size() || number == 0) return false;
    const Event& front = block_.events_.front();
    const Event& back = block_.events_.back();
    return front.topic == entry_.first_topic.value && back.topic == entry_.last_topic.value &&
           front.sequence == entry_.first_sequence.value &&
           back.sequence == entry_.last_sequence.value;
  }

  bool Sources() {
    const std::string_view zeros = in_.Bytes(1);
    if (zeros.empty()) return false;
    for (char left = zeros.front(); left > 0 && left <= 9; --left) unit_ *= 10;
    if (zeros.front() < 0 || zeros.front() > 9) return false;
    const uint32_t sources = in_.VarintUpTo(entry_.items);
    if (!in_.ok() || sources == 0) return false;
    block_.sources_.reserve(sources);
    for (uint32_t i = 0; i < sources; ++i) {
      const uint32_t bytes = in_.VarintUpTo(UINT8_MAX);
      const auto at = static_cast<uint32_t>(block_.raw_.size() - in_.remaining());
      in_.Bytes(bytes);
      if (!in_.ok()) return false;
      block_.sources_.push_back({at, bytes});
    }
    return true;
  }

  bool Columns() {
    uint64_t value = 0;  // differences wrap around
    for (Event& e : block_.events_) {
      value += static_cast<uint64_t>(in_.Signed());
      e.received_at = static_cast<int64_t>(value);
    }
    value = 0;
    for (Event& e : block_.events_) {
      value += static_cast<uint64_t>(in_.Signed());
      e.seconds = static_cast<int64_t>(value);
    }
    value = 0;
    for (Event& e : block_.events_) {
      value += static_cast<uint64_t>(in_.Signed());
      if (value >= kNanosEnd / unit_) return false;
      e.nanos = static_cast<uint32_t>(value) * unit_;
    }
    for (Event& e : block_.events_) e.source = in_.VarintUpTo(block_.sources_.size() - 1);
    for (Event& e : block_.events_) {
      e.json_bytes = in_.VarintUpTo(kBlockRawBytesMax);
      text_bytes_ += e.json_bytes;
      if (e.json_bytes == 0) {
        e.seconds = kNoTimestamp.seconds;
        e.nanos = kNoTimestamp.nanos;
      }
    }
    for (Event& e : block_.events_) {
      e.cut = in_.VarintUpTo(uint64_t{e.json_bytes} + 1);
      if (e.cut == 0) continue;
      if (e.cut - 1 + kUuidTextBytes > e.json_bytes) return false;
      ++cuts_;
    }
    return in_.ok();
  }

  bool TextAndIdentities(std::string_view plain) {
    const size_t identities = block_.events_.size() * kIdentityBytes;
    if (plain.size() != identities + cuts_ * kUuidBytes) return false;
    if (text_bytes_ != in_.remaining() + cuts_ * kUuidTextBytes) return false;
    block_.identities_ = plain.substr(0, identities);
    block_.uuids_ = cuts_ > 0;
    if (block_.uuids_) {
      PutUuidsBack(plain.data() + identities);
    } else {
      auto at = static_cast<uint32_t>(block_.raw_.size() - in_.remaining());
      for (Event& e : block_.events_) {
        e.json_at = at;
        at += e.json_bytes;
      }
    }
    return true;
  }

  void PutUuidsBack(const char* uuid) {
    block_.text_.resize(text_bytes_);
    const char* from = in_.rest().data();
    char* to = block_.text_.data();
    for (Event& e : block_.events_) {
      e.json_at = static_cast<uint32_t>(to - block_.text_.data());
      char* const end = to + e.json_bytes;
      if (e.cut != 0) {
        std::memcpy(to, from, e.cut - 1);
        from += e.cut - 1;
        to += e.cut - 1;
        UnpackUuid(uuid, to);
        to += kUuidTextBytes;
        uuid += kUuidBytes;
      }
      const auto rest = static_cast<size_t>(end - to);
      std::memcpy(to, from, rest);
      from += rest;
      to = end;
    }
    block_.raw_.resize(block_.raw_.size() - in_.remaining());  // sources stay
    block_.raw_.shrink_to_fit();
  }

  EventBlock& block_;
  const BlockEntry& entry_;
  PackedReader in_;
  uint32_t unit_ = 1;
  size_t text_bytes_ = 0;
  size_t cuts_ = 0;
};

Result<std::shared_ptr<const EventBlock>> EventBlock::Decode(const BlockEntry& entry,
                                                             std::string_view stored,
                                                             Decompressor& decompressor) {
  if (stored.size() < sizeof(uint32_t)) return Damaged("the block is cut off");
  const auto packed_bytes = LoadLe<uint32_t>(stored.data());
  const std::string_view rest = stored.substr(sizeof packed_bytes);
  if (packed_bytes > rest.size() || entry.items > rest.size() / kIdentityBytes) {
    return Damaged("the block is cut off");
  }
  auto block = std::make_shared<EventBlock>();
  if (Status s = decompressor.Run(rest.substr(0, packed_bytes), entry.raw_bytes, &block->raw_);
      !s.ok()) {
    return s.error();
  }
  if (!Parser(block.get(), entry).Parse(rest.substr(packed_bytes))) {
    return Damaged("what the block holds contradicts itself or the index");
  }
  return std::shared_ptr<const EventBlock>(std::move(block));
}

event::IndexEntry EventBlock::identity(size_t number) const {
  const char* at = identities_.data() + number * kIdentityBytes;
  const event::Fingerprint id{
      LoadLe<uint64_t>(at),
      LoadLe<uint32_t>(at + 8) | uint64_t{static_cast<uint8_t>(at[12])} << 32};
  const event::ContentHash content{LoadLe<uint32_t>(at + 13) | uint64_t{LoadLe<uint16_t>(at + 17)}
                                                                   << 32};
  return event::IndexEntry::Make(id, {events_[number].sequence}, content);
}

size_t EventBlock::memory_bytes() const {
  return sizeof *this + raw_.capacity() + text_.capacity() + identities_.capacity() +
         events_.capacity() * sizeof(Event) + sources_.capacity() * sizeof(Source);
}

}  // namespace oncelog::store
