#include "store/segment/segment_file.h"

#include <algorithm>
#include <numeric>

#include "base/bytes.h"
#include "base/hash.h"

namespace oncelog::store {
namespace {

constexpr std::string_view kMagic = "ONCESEG\n";
constexpr uint32_t kVersionWithoutStubs = 1;
constexpr size_t kChecksumAt = kSegmentPageBytes - sizeof(uint64_t);
constexpr uint64_t kFileBytesMax = uint64_t{1} << 40;  // keeps all sums far from overflow
static_assert(kPageEntries * kBlockEntryBytes <= kChecksumAt);

bool AllZero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

Error Damaged(std::string what) { return {Code::kDamaged, std::move(what)}; }

void SealPage(std::string* page, uint64_t offset, uint64_t seed) {
  page->resize(kChecksumAt);
  const uint64_t checksum = SegmentChecksum(seed, offset, *page);
  ByteWriter(page).Put(checksum);
}

bool PageHolds(std::string_view page, uint64_t offset, uint64_t seed) {
  return LoadLe<uint64_t>(page.data() + kChecksumAt) ==
         SegmentChecksum(seed, offset, page.substr(0, kChecksumAt));
}

void PutEntry(ByteWriter& out, const BlockEntry& entry) {
  out.Put(entry.offset);
  out.Put(entry.stored_bytes);
  out.Put(entry.raw_bytes);
  out.Put(entry.checksum);
  out.Put(entry.first);
  out.Put(entry.items);
  out.Put(entry.first_topic.value);
  out.Put(entry.last_topic.value);
  out.Put(entry.first_sequence.value);
  out.Put(entry.last_sequence.value);
  out.Put(entry.timestamp_min);
  out.Put(entry.timestamp_max);
  out.Put(entry.received_min.value);
  out.Put(entry.received_max.value);
}

BlockEntry GetEntry(ByteReader& in) {
  BlockEntry entry;
  entry.offset = in.Get<uint64_t>();
  entry.stored_bytes = in.Get<uint32_t>();
  entry.raw_bytes = in.Get<uint32_t>();
  entry.checksum = in.Get<uint64_t>();
  entry.first = in.Get<uint32_t>();
  entry.items = in.Get<uint32_t>();
  entry.first_topic = {in.Get<uint32_t>()};
  entry.last_topic = {in.Get<uint32_t>()};
  entry.first_sequence = {in.Get<uint64_t>()};
  entry.last_sequence = {in.Get<uint64_t>()};
  entry.timestamp_min = in.Get<int64_t>();
  entry.timestamp_max = in.Get<int64_t>();
  entry.received_min = {in.Get<int64_t>()};
  entry.received_max = {in.Get<int64_t>()};
  return entry;
}

// Blocks of one kind hold its items in order, each once.
bool ItemsAreWhole(const std::vector<BlockEntry>& entries, BlockKind kind,
                   const SegmentHeader& header) {
  const bool topics = kind == BlockKind::kTopics;  // their `first` are places of events
  uint64_t items = 0;
  uint64_t least = 0;
  for (const BlockEntry& entry : entries) {
    if (entry.items == 0 || entry.items > kBlockItemsMax) return false;
    if (entry.raw_bytes > kBlockRawBytesMax || entry.first_topic > entry.last_topic) return false;
    if (topics ? entry.first < least || entry.first >= header.events : entry.first != items) {
      return false;
    }
    least = uint64_t{entry.first} + 1;
    items += entry.items;
  }
  switch (kind) {
    case BlockKind::kRecords: return items == header.records;
    case BlockKind::kEvents: return items == header.events;
    case BlockKind::kOrder: return items == uint64_t{header.events} + header.records;
    case BlockKind::kTopics:
      return items == header.topics && (entries.empty() || entries.front().first == 0);
  }
  return false;
}

}  // namespace

void BlockEntry::CountTimes(const Instant& timestamp, UnixMs received_at) {
  if (timestamp != kNoTimestamp) {
    timestamp_min = std::min(timestamp_min, timestamp.seconds);
    timestamp_max = std::max(timestamp_max, timestamp.seconds);
  }
  received_min = std::min(received_min, received_at);
  received_max = std::max(received_max, received_at);
}

uint64_t SegmentHeader::all_blocks() const {
  return std::accumulate(blocks.begin(), blocks.end(), uint64_t{0});
}

uint64_t SegmentHeader::index_pages() const {
  return (all_blocks() + kPageEntries - 1) / kPageEntries;
}

uint64_t SegmentHeader::file_bytes() const {
  return index_offset + index_pages() * kSegmentPageBytes;
}

std::string SegmentPath(const std::string& directory, uint64_t id) {
  return directory + "/" + std::to_string(id) + ".seg";
}

uint64_t SegmentSeed(uint64_t store_seed, uint64_t id) {
  char bytes[sizeof id];
  StoreLe(bytes, id);
  return Checksum64({bytes, sizeof bytes}, store_seed);
}

uint64_t SegmentChecksum(uint64_t segment_seed, uint64_t offset, std::string_view bytes) {
  return Checksum64(bytes, segment_seed + offset);
}

std::string EncodeSegmentHeader(const SegmentHeader& header, uint64_t seed) {
  std::string page;
  ByteWriter out(&page);
  out.PutBytes(kMagic);
  out.Put(header.stubs > 0 ? kSegmentFormatVersion : kVersionWithoutStubs);
  out.Put(uint32_t{0});
  out.Put(header.id);
  out.Put(header.first_position.value);
  out.Put(header.end_position.value);
  out.Put(header.first_link);
  out.Put(header.end_link);
  out.Put(header.events);
  out.Put(header.records);
  out.Put(header.topics);
  for (const uint32_t count : header.blocks) out.Put(count);
  out.Put(header.stubs);
  out.Put(header.index_offset);
  out.Put(header.file_bytes());
  SealPage(&page, 0, seed);
  return page;
}

Result<SegmentHeader> DecodeSegmentHeader(std::string_view page, uint64_t seed) {
  if (page.size() != kSegmentPageBytes) return Damaged("the file ends within its header");
  if (!PageHolds(page, 0, seed)) return Damaged("the checksum of the header does not hold");
  ByteReader in(page.substr(0, kChecksumAt));
  if (in.GetBytes(kMagic.size()) != kMagic) return Damaged("this is no segment");
  const auto version = in.Get<uint32_t>();
  if (version > kSegmentFormatVersion) {
    return Error(Code::kTooNew, "segment format " + std::to_string(version) + " is newer than " +
                                    std::to_string(kSegmentFormatVersion));
  }
  const auto zeros = in.Get<uint32_t>();
  SegmentHeader header;
  header.id = in.Get<uint64_t>();
  header.first_position = {in.Get<uint64_t>()};
  header.end_position = {in.Get<uint64_t>()};
  header.first_link = in.Get<uint64_t>();
  header.end_link = in.Get<uint64_t>();
  header.events = in.Get<uint32_t>();
  header.records = in.Get<uint32_t>();
  header.topics = in.Get<uint32_t>();
  for (uint32_t& count : header.blocks) count = in.Get<uint32_t>();
  header.stubs = in.Get<uint32_t>();
  header.index_offset = in.Get<uint64_t>();
  const auto file_bytes = in.Get<uint64_t>();
  const bool fits_version = (version == kVersionWithoutStubs) == (header.stubs == 0);
  if (version == 0 || !fits_version || zeros != 0 || !AllZero(in.GetBytes(in.remaining()))) {
    return Damaged("the header holds what no version writes");
  }
  if (header.stubs > header.events || header.events > kSegmentRecordsMax ||
      header.records > kSegmentRecordsMax ||
      header.end_position.value - header.first_position.value !=
          uint64_t{header.events} + header.records ||
      header.end_position < header.first_position || header.index_offset < kSegmentPageBytes ||
      header.index_offset > kFileBytesMax || file_bytes != header.file_bytes()) {
    return Damaged("the figures of the header contradict each other");
  }
  return header;
}

std::string EncodeBlockIndex(const SegmentHeader& header, const BlockEntries& entries,
                             uint64_t seed) {
  std::string pages;
  std::string page;
  size_t in_page = 0;
  const auto close = [&] {
    SealPage(&page, header.index_offset + pages.size(), seed);
    pages += page;
    page.clear();
    in_page = 0;
  };
  for (const std::vector<BlockEntry>& kind : entries) {
    for (const BlockEntry& entry : kind) {
      ByteWriter out(&page);
      PutEntry(out, entry);
      if (++in_page == kPageEntries) close();
    }
  }
  if (in_page > 0) close();
  return pages;
}

Result<BlockEntries> DecodeBlockIndex(std::string_view pages, const SegmentHeader& header,
                                      uint64_t seed) {
  BlockEntries entries;
  uint64_t blocks_end = kSegmentPageBytes;
  size_t kind = 0;
  for (uint64_t at = 0; at < pages.size(); at += kSegmentPageBytes) {
    const uint64_t offset = header.index_offset + at;
    const std::string place = "the index page at offset " + std::to_string(offset) + ": ";
    const std::string_view page = pages.substr(at, kSegmentPageBytes);
    if (page.size() < kSegmentPageBytes || !PageHolds(page, offset, seed)) {
      return Damaged(place + "its checksum does not hold");
    }
    ByteReader in(page.substr(0, kChecksumAt));
    for (size_t i = 0; i < kPageEntries; ++i) {
      while (kind < kBlockKinds && entries[kind].size() == header.blocks[kind]) ++kind;
      if (kind == kBlockKinds) break;
      entries[kind].push_back(GetEntry(in));
      const BlockEntry& entry = entries[kind].back();
      if (entry.offset != blocks_end) return Damaged(place + "a block is not where it belongs");
      blocks_end += entry.stored_bytes;
    }
    if (!AllZero(in.GetBytes(in.remaining()))) return Damaged(place + "it holds too much");
  }
  if (blocks_end != header.index_offset) return Damaged("the index does not list all blocks");
  for (size_t i = 0; i < kBlockKinds; ++i) {
    if (entries[i].size() != header.blocks[i] ||
        !ItemsAreWhole(entries[i], static_cast<BlockKind>(i), header)) {
      return Damaged("the index does not list all that the header counts");
    }
  }
  return entries;
}

}  // namespace oncelog::store
