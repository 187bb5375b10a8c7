// TopicDirectory: the committer's view of the topics: their ids by name, their heads, and
// which payloads are gone, including what is not durable yet.
//
//   std::optional<TopicId> id = directory.Find(hash, "sensor.temp");
//   TopicId made = directory.Add(hash, "sensor.temp");
//
// Names lie one after the other in one string. About 40 bytes a topic plus its name.
// Threads: one at a time (the committer; recovery before it).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "store/state/retention_state.h"
#include "store/state/topic_slots.h"

namespace oncelog::store {

class TopicDirectory {
 public:
  [[nodiscard]] std::optional<TopicId> Find(uint64_t hash, std::string_view name) const {
    return slots_.Find(hash, [&](TopicId id) { return Name(topics_[id.value]) == name; });
  }
  // Ids are given in order, from 0. The topic must not be there yet.
  TopicId Add(uint64_t hash, std::string_view name);
  // So that so many topics in all need no growing.
  void Reserve(size_t topics);

  [[nodiscard]] size_t size() const { return topics_.size(); }
  [[nodiscard]] Sequence head(TopicId id) const { return {topics_[id.value].head}; }
  void set_head(TopicId id, Sequence head) { topics_[id.value].head = head.value; }

  // Conflicting newcomers kept in the log, which are bounded per topic and in all.
  [[nodiscard]] uint32_t conflicts_kept(TopicId id) const {
    return topics_[id.value].conflicts_kept;
  }
  [[nodiscard]] uint64_t conflict_bytes_kept() const { return conflict_bytes_kept_; }
  void CountKeptConflict(TopicId id, uint64_t bytes) {
    ++topics_[id.value].conflicts_kept;
    conflict_bytes_kept_ += bytes;
  }
  void RestoreKeptConflicts(TopicId id, uint32_t count) {
    topics_[id.value].conflicts_kept = count;
  }
  void RestoreConflictBytes(uint64_t bytes) { conflict_bytes_kept_ = bytes; }

  [[nodiscard]] RetentionState& retention() { return retention_; }

 private:
  struct Topic {
    uint64_t head = 0;
    uint32_t name_at = 0;
    uint32_t conflicts_kept = 0;
  };

  // A byte that says how long it is comes before each name.
  [[nodiscard]] std::string_view Name(const Topic& topic) const {
    const char* const at = names_.data() + topic.name_at;
    return {at + 1, static_cast<uint8_t>(*at)};
  }

  std::vector<Topic> topics_;
  TopicSlots slots_;
  std::string names_;
  uint64_t conflict_bytes_kept_ = 0;
  RetentionState retention_;
};

}  // namespace oncelog::store
