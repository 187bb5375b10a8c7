// TopicSlots: topic ids by the keyed hash of their names: a table of open addressing that holds ids
// and a part of each hash. The names are kept by whoever owns the table.
//
//   slots.Insert(hash, id);
//   std::optional<TopicId> id = slots.Find(hash, [&](TopicId id) { return NameOf(id) == name; });
//
// Threads: those of its owner. Units: hashes must be keyed, so that nobody can aim collisions.
// Memory: 16 to 32 bytes a topic.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/numbers.h"

namespace oncelog::store {

class TopicSlots {
 public:
  TopicSlots();

  // `is_it(id)`: whether the topic is the one that is looked for.
  template <typename IsIt>
  [[nodiscard]] std::optional<TopicId> Find(uint64_t hash, const IsIt& is_it) const {
    const auto part = static_cast<uint32_t>(hash);
    const size_t mask = slots_.size() - 1;
    for (size_t at = part & mask; slots_[at].number != 0; at = (at + 1) & mask) {
      const TopicId id{slots_[at].number - 1};
      if (slots_[at].hash == part && is_it(id)) return id;
    }
    return std::nullopt;
  }
  // The topic must not be there yet.
  void Insert(uint64_t hash, TopicId id);
  // So that so many topics in all need no growing.
  void Reserve(size_t topics);

 private:
  struct Slot {
    uint32_t hash = 0;    // its low bits, which also say where the search begins
    uint32_t number = 0;  // topic id + 1; 0: empty
  };

  void Resize(size_t slots);
  void Place(const Slot& slot);

  std::vector<Slot> slots_;  // a power of two of them, at most half of them taken
  size_t taken_ = 0;
};

}  // namespace oncelog::store
