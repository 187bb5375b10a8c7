#include "store/verify/stubs.h"

#include <utility>

namespace oncelog::store {
namespace {

bool AllGone(const RetentionState::Topic& topic, const StubRun& run) {
  uint64_t sequence = std::max(run.first, topic.first_kept.value);
  while (sequence <= run.last && topic.IsGone({sequence})) ++sequence;
  return sequence > run.last;
}

}  // namespace

void Stubs::Add(TopicId topic, Sequence sequence, size_t segment, uint64_t offset) {
  ++topics_[topic];
  if (!runs_.empty()) {
    StubRun& run = runs_.back();
    if (run.topic == topic && run.segment == segment && run.offset == offset &&
        run.last + 1 == sequence.value) {
      run.last = sequence.value;
      return;
    }
  }
  runs_.push_back({topic, sequence.value, sequence.value, segment, offset});
}

bool Stubs::HasAny(TopicId first, TopicId last) const {
  const auto at = topics_.lower_bound(first);
  return at != topics_.end() && !(last < at->first);
}

void Stubs::ForEachNotGone(const RetentionState& retention,
                           const std::function<void(const StubRun&)>& visit) const {
  for (const StubRun& run : runs_) {
    const RetentionState::Topic* const topic = retention.Find(run.topic);
    if (topic == nullptr || !AllGone(*topic, run)) visit(run);
  }
}

GoneSoFar GoneAtTheEnd(const StoreParts& parts, GoneSoFar so_far) {
  ReadLogAgain(parts, [&](const event::RecordView& record, Position frame) {
    if (frame < parts.manifest.cover.position || !RetentionState::Takes(record.kind)) return;
    // Whether the topic stands so high is for those to say who read the events too.
    const Result<Freed> freed = so_far.retention.Apply(record, {kSequenceMax});
    if (freed.ok()) so_far.freed_bytes[record.topic] += freed->json_bytes;
  });
  return so_far;
}

std::map<TopicId, uint64_t> BytesOfStubs(const StoreParts& parts, const Stubs& stubs,
                                         const GoneSoFar& gone) {
  std::map<TopicId, uint64_t> bytes;
  for (const auto& [topic, freed] : gone.freed_bytes) {
    if (stubs.Has(topic)) bytes[topic] = freed;
  }
  const auto take = [&](TopicId topic, Sequence sequence, size_t json_bytes) {
    const auto at = bytes.find(topic);
    if (at != bytes.end() && gone.retention.IsGone(topic, sequence)) at->second -= json_bytes;
  };
  ReadSegmentsAgain(
      parts,
      [&](const BlockEntry& block) { return stubs.HasAny(block.first_topic, block.last_topic); },
      [&](const EventRow& row) { take(row.topic, row.entry.sequence(), row.json_bytes); });
  ReadLogAgain(parts, [&](const event::RecordView& record, Position /*frame*/) {
    if (record.kind != event::RecordKind::kEvent) return;
    take(record.topic, record.entry.sequence(), record.json.size());
  });
  return bytes;
}

}  // namespace oncelog::store
