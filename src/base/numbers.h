// Strong types for integers that look alike: a Sequence is never passed where a Position is wanted.
//
//   Sequence next{topic.head.value + 1};
//
// Threads: values.
#pragma once

#include <compare>
#include <cstdint>

namespace oncelog {

// The number of an event within its topic: 1, 2, 3 … without gaps. 0 means "none yet".
struct Sequence {
  uint64_t value = 0;
  auto operator<=>(const Sequence&) const = default;
};

// The number of a record within a partition's log, from 0: the order of durability.
struct Position {
  uint64_t value = 0;
  auto operator<=>(const Position&) const = default;
};

// The number of a topic within a partition, from 0, in order of first appearance.
struct TopicId {
  uint32_t value = 0;
  auto operator<=>(const TopicId&) const = default;
};

inline constexpr uint64_t kSequenceMax = (uint64_t{1} << 40) - 1;

}  // namespace oncelog
