#include "store/state/checkpoint.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/hash.h"

namespace oncelog::store {
namespace {

constexpr std::string_view kMagic{"OLCKPT\n\0", 8};
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderBytes = 40;
constexpr size_t kTopicBytesMin = 53;
constexpr size_t kOtherBytes = 64;  // of the sections that are always there
constexpr uint32_t kMustUnderstandSection = 0x80000000;
constexpr uint32_t kTopicsTag = kMustUnderstandSection | 1;
constexpr uint32_t kTotalsTag = kMustUnderstandSection | 2;
constexpr uint32_t kRetentionTag = kMustUnderstandSection | 3;

void EncodeTopics(const TopicStates& topics, std::string* bytes) {
  ByteWriter out(bytes);
  out.Put(static_cast<uint32_t>(topics.size()));
  for (uint32_t id = 0; id < topics.size(); ++id) {
    const TopicState& topic = topics[id];
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
}

bool DecodeTopics(std::string_view bytes, std::vector<CheckpointTopic>* topics) {
  ByteReader in(bytes);
  const auto count = in.Get<uint32_t>();
  topics->reserve(std::min<size_t>(count, in.remaining() / kTopicBytesMin));
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    CheckpointTopic topic;
    topic.name = std::string(in.GetBytes(in.Get<uint8_t>()));
    topic.state.events = in.Get<uint64_t>();
    topic.state.duplicates = in.Get<uint64_t>();
    topic.state.conflicts = in.Get<uint64_t>();
    topic.state.bytes = in.Get<uint64_t>();
    topic.state.first_received_at = {in.Get<int64_t>()};
    topic.state.last_received_at = {in.Get<int64_t>()};
    topic.state.conflicts_kept = in.Get<uint32_t>();
    if (topic.state.events > kSequenceMax) return false;
    topics->push_back(std::move(topic));
  }
  return in.ok() && in.remaining() == 0;
}

void EncodeRetention(const RetentionState& retention, std::string* bytes) {
  ByteWriter out(bytes);
  out.Put(static_cast<uint32_t>(retention.topics().size()));
  for (const auto& [id, topic] : retention.topics()) {
    out.Put(id.value);
    out.Put(topic.settings.retention_age_seconds);
    out.Put(topic.settings.retention_bytes);
    out.Put(topic.first_kept.value);
    out.Put(static_cast<uint32_t>(topic.erased.size()));
    for (const auto& [first, end] : topic.erased) {
      out.Put(first);
      out.Put(end);
    }
  }
}

// Sequences of a topic that stands at `head`, in order and apart from each other.
bool DecodeErased(ByteReader& in, uint64_t head, RetentionState::Topic* topic) {
  const auto runs = in.Get<uint32_t>();
  uint64_t least = topic->first_kept.value;
  for (uint32_t i = 0; i < runs && in.ok(); ++i) {
    const auto first = in.Get<uint64_t>();
    const auto end = in.Get<uint64_t>();
    if (first < least || end <= first || end > head + 1) return false;
    topic->erased.emplace_hint(topic->erased.end(), first, end);
    topic->erased_events += end - first;
    least = end + 1;
  }
  return in.ok();
}

bool DecodeRetention(std::string_view bytes, const std::vector<CheckpointTopic>& topics,
                     RetentionState* retention) {
  ByteReader in(bytes);
  const auto count = in.Get<uint32_t>();
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    const TopicId id{in.Get<uint32_t>()};
    RetentionState::Topic topic;
    topic.settings.retention_age_seconds = in.Get<uint64_t>();
    topic.settings.retention_bytes = in.Get<uint64_t>();
    topic.first_kept = {in.Get<uint64_t>()};
    if (id.value >= topics.size() || retention->Find(id) != nullptr) return false;
    const uint64_t head = topics[id.value].state.events;
    if (topic.first_kept.value == 0 || topic.first_kept.value > head + 1) return false;
    if (!DecodeErased(in, head, &topic)) return false;
    retention->Restore(id, std::move(topic));
  }
  return in.ok() && in.remaining() == 0;
}

template <typename Encode>
void PutSection(std::string* bytes, uint32_t tag, const Encode& encode) {
  ByteWriter out(bytes);
  out.Put(tag);
  out.Put(uint32_t{0});
  const size_t length_at = bytes->size();
  out.Put(uint64_t{0});
  encode();
  StoreLe(bytes->data() + length_at, uint64_t{bytes->size() - length_at - sizeof(uint64_t)});
}

size_t BytesOf(const TopicStates& topics) {
  size_t bytes = 0;
  for (uint32_t id = 0; id < topics.size(); ++id) bytes += kTopicBytesMin + topics[id].name->size();
  return bytes;
}

}  // namespace

std::string EncodeCheckpoint(const CheckpointInput& input, uint64_t store_seed) {
  const bool has_retention = !input.retention.topics().empty();
  std::string bytes;
  bytes.reserve(kHeaderBytes + kOtherBytes + BytesOf(input.topics));
  ByteWriter out(&bytes);
  out.PutBytes(kMagic);
  out.Put(kVersion);
  out.Put(uint32_t{has_retention ? 3U : 2U});
  out.Put(input.cover.value);
  out.Put(uint64_t{0});  // the checksums are put in at the end
  out.Put(uint64_t{0});
  PutSection(&bytes, kTopicsTag, [&] { EncodeTopics(input.topics, &bytes); });
  PutSection(&bytes, kTotalsTag, [&] { out.Put(input.conflict_bytes_kept); });
  if (has_retention) {
    PutSection(&bytes, kRetentionTag, [&] { EncodeRetention(input.retention, &bytes); });
  }
  const std::string_view all = bytes;
  StoreLe(bytes.data() + 24, Checksum64(all.substr(kHeaderBytes), store_seed));
  StoreLe(bytes.data() + 32, Checksum64(all.substr(0, 32), store_seed));
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
      if (!checkpoint.topics.empty()) return damaged;  // topics are listed once
      if (!DecodeTopics(section, &checkpoint.topics)) return damaged;
    } else if (tag == kTotalsTag) {
      checkpoint.conflict_bytes_kept = ByteReader(section).Get<uint64_t>();
    } else if (tag == kRetentionTag) {
      if (!DecodeRetention(section, checkpoint.topics, &checkpoint.retention)) return damaged;
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
