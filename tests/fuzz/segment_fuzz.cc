// Fuzzes the reading of a sealed segment. The first byte of the input says how:
//   0      the rest is the file as it is
//   1      the rest is the file; all its checksums are set right before it is read, so that the
//          fuzzer gets behind them
//   2..5   the rest is one block of a kind (records, events, order, topics): the first 32 bytes say
//          what its index entry says, then come 2 bytes of length of what is compressed, then that,
//          then what is not
// Whatever the bytes are: no crash, no read out of bounds, no memory beyond what the sizes allow.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "store/segment/order_cursor.h"
#include "store/segment/segment_check.h"
#include "store/segment/topic_cursor.h"
#include "tests/support/one_file.h"

namespace oncelog::store {
namespace {

constexpr uint64_t kStoreSeed = 1;
constexpr uint64_t kId = 1;
constexpr size_t kRawBytesMax = size_t{1} << 20;  // of a block: for the fuzzer's speed
constexpr size_t kEntryHeadBytes = 32;

void SealPage(std::string* file, size_t at) {
  const std::string_view covered = std::string_view(*file).substr(at, kSegmentPageBytes - 8);
  const uint64_t checksum = SegmentChecksum(SegmentSeed(kStoreSeed, kId), at, covered);
  StoreLe(file->data() + at + kSegmentPageBytes - 8, checksum);
}

// False: too large to be worth reading.
bool SealAll(std::string* file) {
  if (file->size() < kSegmentPageBytes) return true;
  StoreLe(file->data() + 96, uint64_t{file->size()});
  const auto index = LoadLe<uint64_t>(file->data() + 88);
  for (uint64_t page = index; page < file->size() && page + kSegmentPageBytes <= file->size();
       page += kSegmentPageBytes) {
    for (size_t i = 0; i < kPageEntries; ++i) {
      char* entry = file->data() + page + i * kBlockEntryBytes;
      const auto offset = LoadLe<uint64_t>(entry);
      const auto bytes = LoadLe<uint32_t>(entry + 8);
      if (LoadLe<uint32_t>(entry + 12) > kRawBytesMax) return false;
      if (bytes == 0 || offset > file->size() || bytes > file->size() - offset) continue;
      const std::string_view stored = std::string_view(*file).substr(offset, bytes);
      StoreLe(entry + 16, SegmentChecksum(SegmentSeed(kStoreSeed, kId), offset, stored));
    }
    SealPage(file, page);
  }
  SealPage(file, 0);
  return true;
}

// Goes on behind damage, as `oncelog verify` does: the records of a file keep the checksums they
// came with, so that of most inputs it would otherwise see no order.
class CheckAll : public SegmentCheckVisitor {
 public:
  void Event(const SegmentEvent& /*event*/, const event::IndexEntry& /*identity*/,
             const BlockEntry& /*block*/) override {
    ++events;
  }
  void Record(const SegmentRecord& /*record*/, const BlockEntry& /*block*/) override {}
  void Damage(const Error& /*error*/, const std::vector<TopicEvents>& /*lost*/) override {
    damaged = true;
  }

  uint64_t events = 0;
  bool damaged = false;
};

void ReadAll(const std::shared_ptr<const Segment>& segment) {
  uint64_t items = 0;
  const Status all = ReadSegment(*segment, {[&](const SegmentRecord&) {
                                              ++items;
                                              return OkStatus();
                                            },
                                            [&](const SegmentEvent&, const event::IndexEntry&) {
                                              ++items;
                                              return OkStatus();
                                            }});
  const SegmentHeader& header = segment->header();
  oncelog::Check(!all.ok() || items == uint64_t{header.events} + header.records,
                 "a segment that reads well holds what it says");
  for (const bool descending : {false, true}) {
    OrderCursor cursor(segment, {.descending = descending});
    for (Result<bool> more = cursor.Next(); more.ok() && *more; more = cursor.Next()) {
    }
  }
  for (uint32_t id = 0; id < 8; ++id) {
    const Result<SegmentTopic> topic = segment->Topic({id});
    if (!topic.ok()) continue;
    TopicCursor cursor(segment, *topic, {});
    for (Result<bool> more = cursor.Next(); more.ok() && *more; more = cursor.Next()) {
      oncelog::Check(cursor.event().topic.value == id, "an event is of the topic asked for");
    }
    const Result<FoundEvent> found = segment->Find({id}, topic->last());
    oncelog::Check(!found.ok() || found->event.sequence == topic->last(),
                   "an event has the sequence asked for");
  }
  CheckAll check;
  CheckSegment(*segment, kStoreSeed, check);
  oncelog::Check(check.damaged || all.ok(), "a segment without damage reads well");
  oncelog::Check(!all.ok() || check.events == header.events, "events are checked, each of them");
}

void ReadFile(std::string file, bool seal) {
  if (seal && !SealAll(&file)) return;
  SegmentInfo info{.id = kId, .bytes = file.size()};
  if (file.size() >= kSegmentPageBytes) {
    info.first_position = {LoadLe<uint64_t>(file.data() + 24)};
    info.end_position = {LoadLe<uint64_t>(file.data() + 32)};
    info.events = LoadLe<uint32_t>(file.data() + 56);
  }
  test::OneFile fs(file);
  BlockCache cache(1 << 20);
  const auto segment = Segment::Open(fs, ".", info, kStoreSeed, cache);
  if (segment.ok()) ReadAll(*segment);
}

void ReadBlock(BlockKind kind, std::string_view data) {
  if (data.size() < kEntryHeadBytes + 2) return;
  ByteReader in(data);
  BlockEntry entry;
  SegmentHeader header;
  entry.items = in.Get<uint16_t>();
  entry.first = in.Get<uint16_t>();
  header.events = in.Get<uint16_t>();
  header.records = in.Get<uint16_t>();
  entry.first_topic = {in.Get<uint32_t>()};
  entry.last_topic = {in.Get<uint32_t>()};
  entry.first_sequence = {in.Get<uint64_t>()};
  entry.last_sequence = {in.Get<uint64_t>()};
  const auto raw_bytes = in.Get<uint16_t>();
  const std::string_view raw = in.GetBytes(std::min<size_t>(raw_bytes, in.remaining()));
  entry.raw_bytes = static_cast<uint32_t>(raw.size());
  std::string packed;
  Compressor().Append(raw, &packed);
  Decompressor zstd;
  if (kind == BlockKind::kRecords) {
    const auto block = RecordBlock::Decode(entry, packed, zstd);
    oncelog::Check(!block.ok() || (*block)->size() == entry.items, "all records are there");
  } else if (kind == BlockKind::kOrder) {
    const auto block = OrderBlock::Decode(entry, packed, header, zstd);
    oncelog::Check(!block.ok() || (*block)->size() == entry.items, "all positions are there");
  } else if (kind == BlockKind::kTopics) {
    const auto block = TopicBlock::Decode(entry, packed, header, zstd);
    oncelog::Check(!block.ok() || (*block)->topics().size() == entry.items, "all topics are there");
  } else {
    std::string stored(4, '\0');
    StoreLe(stored.data(), static_cast<uint32_t>(packed.size()));
    stored += packed;
    stored += in.GetBytes(in.remaining());
    const auto block = EventBlock::Decode(entry, stored, zstd);
    if (!block.ok()) return;
    uint64_t sum = 0;
    for (size_t i = 0; i < (*block)->size(); ++i) {
      const SegmentEvent event = (*block)->event(i);
      for (const char c : event.json) sum += static_cast<uint8_t>(c);
      for (const char c : event.source) sum += static_cast<uint8_t>(c);
      sum += (*block)->identity(i).word0;
    }
    volatile uint64_t all_was_read = sum;
    (void)all_was_read;
  }
}

}  // namespace
}  // namespace oncelog::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oncelog::store;
  if (size == 0 || size > size_t{64} * 1024) return 0;
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] <= 1) {
    ReadFile(rest, data[0] == 1);
  } else if (data[0] < 2 + kBlockKinds) {
    ReadBlock(static_cast<BlockKind>(data[0] - 2), rest);
  }
  return 0;
}
