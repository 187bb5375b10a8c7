#include "store/log/frame.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"

namespace oncelog::store {
namespace {

constexpr uint32_t kMagic = 0x52464c4f;  // "OLFR"
constexpr uint16_t kVersion = 1;
constexpr uint16_t kMarkFlag = 1;
constexpr size_t kLinkAt = 48;
constexpr size_t kChecksumAt = 56;
constexpr size_t kBufferBytesKept = size_t{16} << 20;  // of a builder that is used again
constexpr uint64_t kSpread = 0x9e3779b97f4a7c15;       // 2^64 / golden ratio: spreads small numbers

uint64_t FileSeed(uint64_t store_seed, uint64_t file_id) {
  return store_seed ^ (file_id + 1) * kSpread;
}

uint64_t PayloadChecksum(std::string_view payload, const FrameHeader& header, uint64_t store_seed) {
  return Checksum64(payload, FileSeed(store_seed, header.file_id) + header.first_position.value);
}

bool IsZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

}  // namespace

HeaderState DecodeFrameHeader(std::string_view block, uint64_t file_id, uint64_t store_seed,
                              FrameHeader* header) {
  Check(block.size() >= kFrameHeaderBytes, "a frame header is decoded from enough bytes");
  const char* at = block.data();
  if (LoadLe<uint32_t>(at) != kMagic) {
    return IsZero(block.substr(0, kFrameHeaderBytes)) ? HeaderState::kZero : HeaderState::kBad;
  }
  header->file_id = file_id;
  header->checksum = LoadLe<uint64_t>(at + kChecksumAt);
  const uint64_t expected = Checksum64(block.substr(0, kChecksumAt), FileSeed(store_seed, file_id));
  if (header->checksum != expected) return HeaderState::kBad;
  if (LoadLe<uint16_t>(at + 4) > kVersion) return HeaderState::kTooNew;
  header->mark = (LoadLe<uint16_t>(at + 6) & kMarkFlag) != 0;
  header->payload_bytes = LoadLe<uint32_t>(at + 8);
  header->records = LoadLe<uint32_t>(at + 12);
  header->first_position = {LoadLe<uint64_t>(at + 16)};
  header->received_at = {LoadLe<int64_t>(at + 24)};
  header->durable_position = {LoadLe<uint64_t>(at + 32)};
  header->payload_checksum = LoadLe<uint64_t>(at + 40);
  header->link = LoadLe<uint64_t>(at + 48);
  return header->payload_bytes <= kFrameBytesMax ? HeaderState::kValid : HeaderState::kBad;
}

bool FollowsByLink(std::string_view block, std::string_view before) {
  Check(block.size() >= kFrameHeaderBytes && before.size() >= kFrameHeaderBytes,
        "links are compared in whole headers");
  return LoadLe<uint32_t>(block.data()) == kMagic && LoadLe<uint32_t>(before.data()) == kMagic &&
         LoadLe<uint64_t>(block.data() + kLinkAt) == LoadLe<uint64_t>(before.data() + kChecksumAt);
}

bool PayloadMatches(const FrameHeader& header, std::string_view payload, uint64_t store_seed) {
  return PayloadChecksum(payload, header, store_seed) == header.payload_checksum;
}

void FrameBuilder::Clear() {
  if (bytes_.capacity() > kBufferBytesKept) bytes_ = std::string();
  bytes_.assign(kFrameHeaderBytes, '\0');
  records_ = 0;
  header_ = {};
}

void FrameBuilder::Finish(FrameHeader header, uint64_t store_seed) {
  header.payload_bytes = static_cast<uint32_t>(bytes_.size() - kFrameHeaderBytes);
  header.records = records_;
  const std::string_view payload = std::string_view(bytes_).substr(kFrameHeaderBytes);
  header.payload_checksum = PayloadChecksum(payload, header, store_seed);

  char* at = bytes_.data();
  StoreLe(at, kMagic);
  StoreLe(at + 4, kVersion);
  StoreLe(at + 6, static_cast<uint16_t>(header.mark ? kMarkFlag : 0));
  StoreLe(at + 8, header.payload_bytes);
  StoreLe(at + 12, header.records);
  StoreLe(at + 16, header.first_position.value);
  StoreLe(at + 24, header.received_at.value);
  StoreLe(at + 32, header.durable_position.value);
  StoreLe(at + 40, header.payload_checksum);
  StoreLe(at + 48, header.link);
  header.checksum = Checksum64({at, kChecksumAt}, FileSeed(store_seed, header.file_id));
  StoreLe(at + kChecksumAt, header.checksum);

  bytes_.resize(header.size_on_disk(), '\0');
  header_ = header;
}

}  // namespace oncelog::store
