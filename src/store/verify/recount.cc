#include "store/verify/recount.h"

#include <algorithm>

namespace oncelog::store {

using event::RecordKind;
using event::RecordView;

namespace {

// Far beyond what a store takes; keeps a wrong number from taking all memory.
constexpr uint32_t kTopicIdMax = uint32_t{1} << 24;

}  // namespace

Result<TopicState*> Recount::Of(TopicId topic) {
  if (topic.value >= kTopicIdMax) {
    return Error(Code::kDamaged,
                 "a record names topic number " + std::to_string(topic.value) + ", which is none");
  }
  while (topics_.size() <= topic.value) {
    topics_.emplace_back();
    heads_.push_back(0);
    named_.push_back(false);
    topics_.back().name = &names_.emplace_back();
  }
  return &topics_[topic.value];
}

Result<SequenceRange> Recount::Take(const RecordView& record, UnixMs received_at) {
  const bool of_topic = record.kind == RecordKind::kEvent || record.kind == RecordKind::kTopic ||
                        record.kind == RecordKind::kDuplicates ||
                        record.kind == RecordKind::kConflict || RetentionState::Takes(record.kind);
  if (!of_topic) return SequenceRange{};
  const Result<TopicState*> found = Of(record.topic);
  if (!found.ok()) return found.error();
  TopicState& state = **found;
  switch (record.kind) {
    case RecordKind::kEvent: return Event(&state, record, received_at);
    case RecordKind::kTopic:
      if (Status s = Name(record); !s.ok()) return s.error();
      break;
    case RecordKind::kDuplicates:
      state.duplicates += record.count;
      state.conflicts += record.conflicts;
      totals_.duplicates += record.count;
      totals_.conflicts += record.conflicts;
      break;
    case RecordKind::kConflict:
      ++state.conflicts_kept;
      conflict_bytes_kept_ += record.json.size();
      break;
    case RecordKind::kSettings:
    case RecordKind::kErase:
    case RecordKind::kRetain:
      if (Status s = Retention(&state, record); !s.ok()) return s.error();
      break;
  }
  return SequenceRange{};
}

Status Recount::Name(const RecordView& record) {
  const uint32_t topic = record.topic.value;
  std::string& known = names_[topic];
  if (named_[topic]) {  // else it is a hint, and the log is right
    return Error(Code::kDamaged, "topic number " + std::to_string(topic) + " is named " +
                                     std::string(record.name) + " after " + known);
  }
  named_[topic] = true;
  ++named_count_;
  known = std::string(record.name);
  return OkStatus();
}

Result<SequenceRange> Recount::Event(TopicState* state, const RecordView& record,
                                     UnixMs received_at) {
  uint64_t& head = heads_[record.topic.value];
  const uint64_t sequence = record.entry.sequence().value;
  if (sequence <= head) {
    return Error(Code::kDamaged,
                 "sequence " + std::to_string(sequence) + " comes after " + std::to_string(head));
  }
  const SequenceRange missing =
      sequence == head + 1 ? SequenceRange{} : SequenceRange{head + 1, sequence - 1};
  if (state->events == 0) state->first_received_at = received_at;
  state->last_received_at = received_at;
  state->bytes += record.json.size();
  if (record.json.empty()) with_stubs_.insert(record.topic);
  ++state->events;
  head = sequence;
  ++totals_.events;
  totals_.json_bytes += record.json.size();
  return missing;
}

Status Recount::Retention(TopicState* state, const RecordView& record) {
  const Result<Freed> freed = gone_.retention.Apply(record, {heads_[record.topic.value]});
  if (!freed.ok()) return freed.error();
  // With stubs the difference is modulo 2^64 until AddBytes.
  if (freed->json_bytes > state->bytes && with_stubs_.count(record.topic) == 0) {
    return Error(Code::kDamaged, "more bytes of a topic go than it has");
  }
  state->bytes -= freed->json_bytes;
  state->gone += freed->events;
  if (freed->events > 0) gone_.freed_bytes[record.topic] += freed->json_bytes;
  return OkStatus();
}

void Recount::AddBytes(TopicId topic, uint64_t bytes) { topics_[topic.value].bytes += bytes; }

void Recount::Hint(TopicId topic, std::string_view name) {
  if (!Of(topic).ok()) return;
  std::string& known = names_[topic.value];
  if (known.empty()) known = std::string(name);
}

std::string Recount::NameOf(TopicId topic) const {
  const bool named = topic.value < names_.size() && !names_[topic.value].empty();
  return named ? names_[topic.value] : "number " + std::to_string(topic.value);
}

SequenceRange Recount::MissingUpTo(TopicId topic, uint64_t head) {
  if (!Of(topic).ok() || heads_[topic.value] >= head) return {};
  const SequenceRange missing{heads_[topic.value] + 1, head};
  heads_[topic.value] = head;
  return missing;
}

}  // namespace oncelog::store
