#include "store/read/segment_search.h"

#include <algorithm>

namespace oncelog::store {
namespace {

// The last segment in [low, high) that has events of the topic; nullopt if none has.
Result<std::optional<TopicInSegment>> LastWith(const Segments& segments, TopicId topic, size_t low,
                                               size_t high, size_t* number) {
  for (*number = high; *number > low;) {
    const std::shared_ptr<const Segment>& segment = segments[--*number];
    const Result<SegmentTopic> found = segment->Topic(topic);
    if (found.ok()) return std::optional(TopicInSegment{segment, *found});
    if (found.error().code() != Code::kNotFound) return found.error();
  }
  return std::optional<TopicInSegment>();
}

}  // namespace

// A binary search in which a segment without the topic is passed over downwards.
Result<std::optional<TopicInSegment>> FindSegmentOf(const Segments& segments, TopicId topic,
                                                    Sequence sequence) {
  size_t low = 0;
  size_t high = segments.size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    size_t number = 0;
    const auto in = LastWith(segments, topic, low, middle + 1, &number);
    if (!in.ok()) return in.error();
    if (!in->has_value() || (*in)->topic.last() < sequence) {
      low = middle + 1;
    } else if (sequence < (*in)->topic.first) {
      high = number;
    } else {
      return in;
    }
  }
  return std::optional<TopicInSegment>();
}

std::shared_ptr<const Segment> FindSegmentOf(const Segments& segments, Position position) {
  const auto found = std::upper_bound(
      segments.begin(), segments.end(), position,
      [](Position wanted, const auto& segment) { return wanted < segment->header().end_position; });
  if (found == segments.end() || position < (*found)->header().first_position) return nullptr;
  return *found;
}

}  // namespace oncelog::store
