#include "store/state/retention_state.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/check.h"

namespace oncelog::store {

using event::RecordKind;

namespace {

Error Impossible(std::string_view what, Sequence sequence, Sequence head) {
  return {Code::kDamaged, std::string(what) + " sequence " + std::to_string(sequence.value) +
                              " of a topic that stands at " + std::to_string(head.value)};
}

}  // namespace

bool RetentionState::Topic::IsGone(Sequence sequence) const {
  if (sequence < first_kept) return true;
  const auto behind = erased.upper_bound(sequence.value);
  return behind != erased.begin() && sequence.value < std::prev(behind)->second;
}

uint64_t RetentionState::Topic::GoneAmong(Sequence first, Sequence last) const {
  uint64_t from = first.value;
  const uint64_t end = last.value + 1;
  uint64_t gone = 0;
  if (from < first_kept.value) {
    gone = std::min(end, first_kept.value) - from;
    from += gone;
  }
  auto run = erased.upper_bound(from);
  if (run != erased.begin()) --run;
  for (; run != erased.end() && run->first < end; ++run) {
    const uint64_t begin = std::max(from, run->first);
    const uint64_t behind = std::min(end, run->second);
    if (begin < behind) gone += behind - begin;
  }
  return gone;
}

const RetentionState::Topic* RetentionState::Find(TopicId topic) const {
  const auto found = topics_.find(topic);
  return found == topics_.end() ? nullptr : &found->second;
}

event::TopicSettings RetentionState::SettingsOf(TopicId topic) const {
  const Topic* const found = Find(topic);
  return found == nullptr ? event::TopicSettings{} : found->settings;
}

bool RetentionState::IsGone(TopicId topic, Sequence sequence) const {
  const Topic* const found = Find(topic);
  return found != nullptr && found->IsGone(sequence);
}

Result<Freed> RetentionState::Apply(const event::RecordView& record, Sequence head) {
  Check(Takes(record.kind), "only what changes retention is folded into it");
  if (record.kind == RecordKind::kSettings) {
    Set(record.topic, event::SettingsOf(record));
  } else if (record.kind == RecordKind::kErase) {
    const Sequence sequence = record.entry.sequence();
    if (sequence.value == 0 || sequence > head || IsGone(record.topic, sequence)) {
      return Impossible("an erase record names", sequence, head);
    }
    Erase(record.topic, sequence);
    return Freed{1, event::ErasedBytesOf(record)};
  } else if (record.kind == RecordKind::kRetain) {
    const event::Cut cut = event::CutOf(record);
    const Topic* const before = Find(record.topic);
    const uint64_t gone_before = before == nullptr ? 0 : before->gone();
    const Sequence kept_before = before == nullptr ? Sequence{1} : before->first_kept;
    if (cut.first_kept <= kept_before || cut.first_kept.value > head.value + 1) {
      return Impossible("a retain record names", cut.first_kept, head);
    }
    Retain(record.topic, cut.first_kept);
    return Freed{Find(record.topic)->gone() - gone_before, cut.json_bytes};
  }
  return Freed{};
}

void RetentionState::Set(TopicId topic, const event::TopicSettings& settings) {
  topics_[topic].settings = settings;
}

void RetentionState::Erase(TopicId topic, Sequence sequence) {
  Topic& state = topics_[topic];
  Check(!state.IsGone(sequence), "an event is erased once");
  ++state.erased_events;
  const auto behind = state.erased.upper_bound(sequence.value);
  const bool joins_behind = behind != state.erased.end() && behind->first == sequence.value + 1;
  const bool joins_before =
      behind != state.erased.begin() && std::prev(behind)->second == sequence.value;
  const uint64_t end = joins_behind ? behind->second : sequence.value + 1;
  if (joins_before) {
    std::prev(behind)->second = end;
  } else {
    state.erased.emplace_hint(behind, sequence.value, end);
    ++erased_runs_;
  }
  if (joins_behind) {
    state.erased.erase(behind);
    --erased_runs_;
  }
}

void RetentionState::Retain(TopicId topic, Sequence first_kept) {
  Topic& state = topics_[topic];
  Check(first_kept >= state.first_kept, "what is gone stays gone");
  state.first_kept = first_kept;
  while (!state.erased.empty() && state.erased.begin()->first < first_kept.value) {
    const auto [first, end] = *state.erased.begin();
    state.erased.erase(state.erased.begin());
    if (end > first_kept.value) {
      state.erased.emplace(first_kept.value, end);
      state.erased_events -= first_kept.value - first;
    } else {
      state.erased_events -= end - first;
      --erased_runs_;
    }
  }
}

void RetentionState::Restore(TopicId topic, Topic state) {
  erased_runs_ += state.erased.size();
  topics_[topic] = std::move(state);
}

}  // namespace oncelog::store
