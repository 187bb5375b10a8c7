// TopicDirectory: the committer's view of the topics: their ids by name, and their heads, including
// what is not durable yet.
//
//   std::optional<TopicId> id = directory.Find(hash, "sensor.temp");
//   TopicId made = directory.Add(hash, "sensor.temp");
//
// A small open-addressing table by the keyed hash of the name; names lie one after the other in one
// string. About 60 bytes a topic plus its name.
// Threads: one at a time (the committer; recovery before it).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"

namespace oncelog::store {

class TopicDirectory {
 public:
  TopicDirectory();

  [[nodiscard]] std::optional<TopicId> Find(uint64_t hash, std::string_view name) const;
  // Ids are given in order, from 0. The topic must not be there yet.
  TopicId Add(uint64_t hash, std::string_view name);

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

 private:
  struct Topic {
    uint64_t head = 0;
    uint64_t hash = 0;
    uint32_t name_at = 0;
    uint32_t conflicts_kept = 0;
    uint8_t name_bytes = 0;
  };

  [[nodiscard]] std::string_view Name(const Topic& topic) const {
    return std::string_view(names_).substr(topic.name_at, topic.name_bytes);
  }
  void Place(uint64_t hash, uint32_t number);
  void Grow();

  std::vector<Topic> topics_;
  std::vector<uint32_t> slots_;  // topic number + 1; 0 is empty; a power of two of them
  std::string names_;
  uint64_t conflict_bytes_kept_ = 0;
};

}  // namespace oncelog::store
