// Which of the segments holds something: they follow each other in position, and so does each
// topic in sequence.
//
//   Result<std::optional<TopicInSegment>> in = FindSegmentOf(segments, topic, Sequence{17});
//   std::shared_ptr<const Segment> segment = FindSegmentOf(segments, Position{4711});
//
// Threads: pure functions. Ownership: what is found keeps the segment open.
// Errors: as segment.h says. Not found, with ok: log files hold it, or nothing does.
#pragma once

#include <memory>
#include <optional>

#include "store/state/durable_state.h"

namespace oncelog::store {

struct TopicInSegment {
  std::shared_ptr<const Segment> segment;
  SegmentTopic topic;
};

Result<std::optional<TopicInSegment>> FindSegmentOf(const Segments& segments, TopicId topic,
                                                    Sequence sequence);
// Null if none holds that position.
std::shared_ptr<const Segment> FindSegmentOf(const Segments& segments, Position position);

}  // namespace oncelog::store
