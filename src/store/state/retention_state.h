// RetentionState: which payloads are gone, and what each topic's owner wants kept. A fold over
// settings, erase and retain records; topics that never had one are not in it.
//
//   Result<Freed> freed = state.Apply(record, /*head=*/{7});    // kDamaged: the log cannot say so
//   if (state.IsGone(topic, sequence)) …410…
//
// An erased sequence is remembered until retention passes it, also when its bytes have left the
// disk: so the counts follow from the log alone, whenever files are rewritten.
// Threads: one at a time; several may read. Memory: about 130 bytes a topic that is in it, and 60
// a run of neighbouring erased sequences.
#pragma once

#include <cstdint>
#include <map>

#include "base/numbers.h"
#include "base/result.h"
#include "event/record.h"

namespace oncelog::store {

// What became unreadable by one record.
struct Freed {
  uint64_t events = 0;
  uint64_t json_bytes = 0;
};

class RetentionState {
 public:
  // Runs of erased neighbours in a store.
  static constexpr size_t kErasedRunsMax = 1'000'000;

  struct Topic {
    event::TopicSettings settings;
    Sequence first_kept{1};
    std::map<uint64_t, uint64_t> erased;  // first → behind the last; none below first_kept
    uint64_t erased_events = 0;           // in these runs

    [[nodiscard]] uint64_t gone() const { return first_kept.value - 1 + erased_events; }
    [[nodiscard]] bool IsGone(Sequence sequence) const;
    // How many of `first` to `last`.
    [[nodiscard]] uint64_t GoneAmong(Sequence first, Sequence last) const;
    bool operator==(const Topic&) const = default;
  };
  using Topics = std::map<TopicId, Topic>;

  bool operator==(const RetentionState&) const = default;

  [[nodiscard]] const Topics& topics() const { return topics_; }
  [[nodiscard]] const Topic* Find(TopicId topic) const;
  [[nodiscard]] event::TopicSettings SettingsOf(TopicId topic) const;
  [[nodiscard]] bool IsGone(TopicId topic, Sequence sequence) const;
  [[nodiscard]] size_t erased_runs() const { return erased_runs_; }

  // Whether a record of that kind is one for Apply.
  [[nodiscard]] static bool Takes(event::RecordKind kind) {
    return kind == event::RecordKind::kSettings || kind == event::RecordKind::kErase ||
           kind == event::RecordKind::kRetain;
  }
  // `head`: of the record's topic.
  Result<Freed> Apply(const event::RecordView& record, Sequence head);

  void Set(TopicId topic, const event::TopicSettings& settings);
  void Erase(TopicId topic, Sequence sequence);     // it is not gone yet
  void Retain(TopicId topic, Sequence first_kept);  // not below the one before
  void Restore(TopicId topic, Topic state);         // from a checkpoint

 private:
  Topics topics_;
  size_t erased_runs_ = 0;
};

}  // namespace oncelog::store
