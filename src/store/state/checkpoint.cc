#include "store/state/checkpoint.h"

#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"

namespace oncelog::store {
namespace {

constexpr std::string_view kMagic{"OLCKPT\n\0", 8};
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 40;
constexpr uint32_t kMustUnderstandSection = 0x80000000;
constexpr uint32_t kTopicsTag = kMustUnderstandSection | 1;
constexpr uint32_t kTotalsTag = kMustUnderstandSection | 2;

std::string EncodeTopics(const std::vector<TopicState>& topics) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.Put(static_cast<uint32_t>(topics.size()));
  for (const TopicState& topic : topics) {
    out.Put(static_cast<uint8_t>(topic.name->size()));
    out.PutBytes(*topic.name);
    out.Put(topic.events);
    out.Put(topic.duplicates);
    out.Put(topic.conflicts);
    out.Put(topic.bytes);
    out.Put(topic.first_received_at.value);
    out.Put(topic.last_received_at.value);
    out.Put(topic.conflicts_kept);
  }
  return bytes;
}

bool DecodeTopics(std::string_view bytes, std::vector<CheckpointTopic>* topics) {
  ByteReader in(bytes);
  std::set<std::string_view> names;
  const auto count = in.Get<uint32_t>();
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    CheckpointTopic topic;
    const std::string_view name = in.GetBytes(in.Get<uint8_t>());
    if (!names.insert(name).second) return false;
    topic.name = std::string(name);
    topic.state.events = in.Get<uint64_t>();
    topic.state.duplicates = in.Get<uint64_t>();
    topic.state.conflicts = in.Get<uint64_t>();
    topic.state.bytes = in.Get<uint64_t>();
    topic.state.first_received_at = {in.Get<int64_t>()};
    topic.state.last_received_at = {in.Get<int64_t>()};
    topic.state.conflicts_kept = in.Get<uint32_t>();
    topics->push_back(std::move(topic));
  }
  return in.ok() && in.remaining() == 0;
}

void PutSection(std::string* body, uint32_t tag, std::string_view bytes) {
  ByteWriter out(body);
  out.Put(tag);
  out.Put(uint32_t{0});
  out.Put(static_cast<uint64_t>(bytes.size()));
  out.PutBytes(bytes);
}

}  // namespace

std::string EncodeCheckpoint(const CheckpointInput& input, uint64_t store_seed) {
  std::string totals;
  ByteWriter(&totals).Put(input.conflict_bytes_kept);
  std::string body;
  PutSection(&body, kTopicsTag, EncodeTopics(input.topics));
  PutSection(&body, kTotalsTag, totals);

  std::string bytes;
  ByteWriter out(&bytes);
  out.PutBytes(kMagic);
  out.Put(kVersion);
  out.Put(uint32_t{2});
  out.Put(input.cover.value);
  out.Put(Checksum64(body, store_seed));
  out.Put(Checksum64(bytes, store_seed));
  out.PutBytes(body);
  return bytes;
}

Result<Checkpoint> DecodeCheckpoint(std::string_view bytes, uint64_t store_seed,
                                    std::string_view name) {
  const Error damaged(Code::kDamaged, std::string(name) + ": damaged (wrong checksum)");
  const Error too_new(Code::kTooNew, std::string(name) + ": written by a newer oncelog");
  if (bytes.size() < kHeaderBytes || bytes.substr(0, kMagic.size()) != kMagic ||
      LoadLe<uint64_t>(bytes.data() + 32) != Checksum64(bytes.substr(0, 32), store_seed)) {
    return damaged;
  }
  ByteReader in(bytes.substr(kMagic.size()));
  if (in.Get<uint32_t>() > kVersion) return too_new;
  const auto sections = in.Get<uint32_t>();
  Checkpoint checkpoint;
  checkpoint.cover = {in.Get<uint64_t>()};
  if (in.Get<uint64_t>() != Checksum64(bytes.substr(kHeaderBytes), store_seed)) return damaged;
  in.Get<uint64_t>();
  for (uint32_t i = 0; i < sections && in.ok(); ++i) {
    const auto tag = in.Get<uint32_t>();
    in.Get<uint32_t>();
    const std::string_view section = in.GetBytes(in.Get<uint64_t>());
    if (tag == kTopicsTag) {
      if (!DecodeTopics(section, &checkpoint.topics)) return damaged;
    } else if (tag == kTotalsTag) {
      checkpoint.conflict_bytes_kept = ByteReader(section).Get<uint64_t>();
    } else if ((tag & kMustUnderstandSection) != 0) {
      return too_new;
    }
  }
  if (!in.ok() || in.remaining() != 0) return damaged;
  return checkpoint;
}

Status WriteCheckpoint(FileSystem& fs, const std::string& path, const CheckpointInput& input,
                       uint64_t store_seed) {
  return ReplaceFile(fs, path, EncodeCheckpoint(input, store_seed));
}

Result<Checkpoint> ReadCheckpoint(FileSystem& fs, const std::string& path, uint64_t store_seed) {
  Result<std::string> bytes = ReadWholeFile(fs, path);
  if (!bytes.ok()) return bytes.error();
  return DecodeCheckpoint(*bytes, store_seed, path);
}

}  // namespace oncelog::store
