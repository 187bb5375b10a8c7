#include "store/segment/segment.h"

#include <algorithm>

namespace oncelog::store {
namespace {

constexpr uint32_t kNumberBits = 28;  // of a block within its kind: far more than a file has

std::string Place(TopicId topic, Sequence sequence) {
  return "topic number " + std::to_string(topic.value) + " sequence " +
         std::to_string(sequence.value);
}

}  // namespace

Result<std::shared_ptr<const Segment>> Segment::Open(FileSystem& fs, const std::string& directory,
                                                     const SegmentInfo& info, uint64_t store_seed,
                                                     BlockCache& cache) {
  Result<std::unique_ptr<File>> file = fs.Open(SegmentPath(directory, info.id), OpenMode::kRead);
  if (!file.ok()) return file.error();
  const std::shared_ptr<Segment> segment(
      new Segment(fs, SegmentSeed(store_seed, info.id), file.Take(), cache));
  if (Status s = segment->Load(info); !s.ok()) return s.error();
  return std::shared_ptr<const Segment>(segment);
}

Segment::Segment(FileSystem& fs, uint64_t seed, std::unique_ptr<File> file, BlockCache& cache)
    : fs_(fs), seed_(seed), file_(std::move(file)), cache_(cache), owner_(cache.NewOwner()) {}

Segment::~Segment() {
  if (!remove_when_dropped_.load(std::memory_order_relaxed)) return;
  // Best effort: no manifest lists it any more, so a file that stays is removed at the next start.
  [[maybe_unused]] const Status removed = fs_.Remove(path());
}

Status Segment::Load(const SegmentInfo& info) {
  const Result<uint64_t> size = file_->Size();
  if (!size.ok()) return size.error();
  std::string bytes;
  if (Status s = ReadAll(0, kSegmentPageBytes, &bytes); !s.ok()) return s;
  const Result<SegmentHeader> header = DecodeSegmentHeader(bytes, seed_);
  if (!header.ok()) {
    return Error(header.error().code(), path() + " at offset 0: " + header.error().message());
  }
  header_ = *header;
  if (*size != header_.file_bytes()) {
    return Damaged("the file has " + std::to_string(*size) + " bytes instead of " +
                   std::to_string(header_.file_bytes()));
  }
  const SegmentInfo found{header_.id, header_.first_position, header_.end_position, header_.events,
                          *size};
  if (found != info) return Damaged("it is another segment than the one that is listed");
  if (Status s = ReadAll(header_.index_offset, header_.index_pages() * kSegmentPageBytes, &bytes);
      !s.ok()) {
    return s;
  }
  Result<BlockEntries> entries = DecodeBlockIndex(bytes, header_, seed_);
  if (!entries.ok()) return Damaged(entries.error().message());
  entries_ = entries.Take();
  return OkStatus();
}

Status Segment::ReadAll(uint64_t offset, uint64_t bytes, std::string* to) const {
  const Result<uint64_t> size = file_->Size();
  if (!size.ok()) return size.error();
  if (offset + bytes > *size) {
    return Damaged("the file ends at offset " + std::to_string(*size) + ", before " +
                   std::to_string(offset + bytes));
  }
  to->resize(bytes);
  const Result<size_t> got = file_->ReadAt(offset, to->data(), bytes);
  if (!got.ok()) return got.error();
  return *got == bytes ? OkStatus() : Status(Damaged("the file has become shorter"));
}

Error Segment::Damaged(const std::string& what) const {
  return {Code::kDamaged, path() + ": " + what};
}

Error Segment::DamagedBlock(BlockKind kind, size_t block, const std::string& what) const {
  return {Code::kDamaged, path() + " at offset " + std::to_string(blocks(kind)[block].offset) +
                              ": " + what + "; it holds " + Contents(kind, block)};
}

std::string Segment::Contents(BlockKind kind, size_t block) const {
  const BlockEntry& entry = blocks(kind)[block];
  const uint64_t first = header_.first_position.value;
  switch (kind) {
    case BlockKind::kRecords:
      return std::to_string(entry.items) +
             " records of topics, duplicates and conflicts, from the " +
             std::to_string(entry.first) + "th behind position " + std::to_string(first) + " on";
    case BlockKind::kEvents:
    case BlockKind::kTopics:
      return Place(entry.first_topic, entry.first_sequence) + " to " +
             Place(entry.last_topic, entry.last_sequence);
    case BlockKind::kOrder:
      return "the order of positions " + std::to_string(first + entry.first) + " to " +
             std::to_string(first + entry.end() - 1);
  }
  return {};
}

size_t Segment::BlockOf(BlockKind kind, uint32_t item) const {
  const std::vector<BlockEntry>& entries = blocks(kind);
  const auto behind =
      std::upper_bound(entries.begin(), entries.end(), item,
                       [](uint32_t wanted, const BlockEntry& e) { return wanted < e.first; });
  Check(behind != entries.begin(), "the first block begins with the first item");
  return static_cast<size_t>(behind - entries.begin()) - 1;
}

Result<std::string> Segment::Stored(BlockKind kind, size_t block) const {
  const BlockEntry& entry = blocks(kind)[block];
  std::string stored;
  if (Status s = ReadAll(entry.offset, entry.stored_bytes, &stored); !s.ok()) {
    return s.error().code() == Code::kDamaged ? DamagedBlock(kind, block, "the file ends there")
                                              : s.error();
  }
  if (SegmentChecksum(seed_, entry.offset, stored) != entry.checksum) {
    return DamagedBlock(kind, block, "the checksum of the block does not hold");
  }
  return stored;
}

template <typename Block, typename Decode>
Result<std::shared_ptr<const Block>> Segment::Get(BlockKind kind, size_t number, bool keep,
                                                  const Decode& decode) const {
  const BlockKey key{owner_,
                     static_cast<uint32_t>(kind) << kNumberBits | static_cast<uint32_t>(number)};
  if (BlockCache::Part part = cache_.Find(key); part != nullptr) {
    return std::static_pointer_cast<const Block>(std::move(part));
  }
  const Result<std::string> stored = Stored(kind, number);
  if (!stored.ok()) return stored.error();
  Result<std::shared_ptr<const Block>> block = decode(blocks(kind)[number], *stored);
  if (!block.ok()) return DamagedBlock(kind, number, block.error().message());
  if (keep) cache_.Insert(key, *block, (*block)->memory_bytes());
  return block;
}

Result<std::shared_ptr<const EventBlock>> Segment::Events(size_t block, bool keep) const {
  return Get<EventBlock>(BlockKind::kEvents, block, keep,
                         [&](const auto& entry, const auto& bytes) {
                           return EventBlock::Decode(entry, bytes, cache_.decompressor());
                         });
}

Result<std::shared_ptr<const RecordBlock>> Segment::Records(size_t block, bool keep) const {
  return Get<RecordBlock>(BlockKind::kRecords, block, keep,
                          [&](const auto& entry, const auto& bytes) {
                            return RecordBlock::Decode(entry, bytes, cache_.decompressor());
                          });
}

Result<std::shared_ptr<const OrderBlock>> Segment::Order(size_t block, bool keep) const {
  return Get<OrderBlock>(BlockKind::kOrder, block, keep, [&](const auto& entry, const auto& bytes) {
    return OrderBlock::Decode(entry, bytes, header_, cache_.decompressor());
  });
}

Result<std::shared_ptr<const TopicBlock>> Segment::Topics(size_t block, bool keep) const {
  return Get<TopicBlock>(BlockKind::kTopics, block, keep,
                         [&](const auto& entry, const auto& bytes) {
                           return TopicBlock::Decode(entry, bytes, header_, cache_.decompressor());
                         });
}

Result<SegmentTopic> Segment::Topic(TopicId topic) const {
  const std::vector<BlockEntry>& entries = blocks(BlockKind::kTopics);
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), topic,
                       [](const BlockEntry& e, TopicId wanted) { return e.last_topic < wanted; });
  const Error none(Code::kNotFound, "the segment has no such event");
  if (found == entries.end() || topic < found->first_topic) return none;
  const auto list = Topics(static_cast<size_t>(found - entries.begin()));
  if (!list.ok()) return list.error();
  const SegmentTopic* entry = (*list)->Find(topic);
  return entry == nullptr ? Result<SegmentTopic>(none) : *entry;
}

Result<FoundEvent> Segment::Find(TopicId topic, Sequence sequence) const {
  const Result<SegmentTopic> found = Topic(topic);
  if (!found.ok()) return found.error();
  if (sequence < found->first || sequence > found->last()) {
    return Error(Code::kNotFound, "the segment has no such event");
  }
  const uint64_t place = found->first_place + (sequence.value - found->first.value);
  const size_t number = BlockOf(BlockKind::kEvents, static_cast<uint32_t>(place));
  const auto block = Events(number);
  if (!block.ok()) return block.error();
  const size_t at = place - blocks(BlockKind::kEvents)[number].first;
  FoundEvent event{(*block)->event(at), (*block)->identity(at), *block};
  if (event.event.topic != topic || event.event.sequence != sequence) {
    return DamagedBlock(BlockKind::kEvents, number,
                        "another event stands in the place of " + Place(topic, sequence));
  }
  return event;
}

uint64_t Segment::memory_bytes() const {
  uint64_t bytes = sizeof *this;
  for (const auto& kind : entries_) bytes += kind.capacity() * sizeof(BlockEntry);
  return bytes;
}

}  // namespace oncelog::store
