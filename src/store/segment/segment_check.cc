#include "store/segment/segment_check.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace oncelog::store {
namespace {

bool SameTimes(const BlockEntry& a, const BlockEntry& b) {
  return a.timestamp_min == b.timestamp_min && a.timestamp_max == b.timestamp_max &&
         a.received_min == b.received_min && a.received_max == b.received_max;
}

class Checker {
 public:
  Checker(const Segment& segment, uint64_t store_seed, SegmentCheckVisitor& visitor)
      : segment_(segment), store_seed_(store_seed), visitor_(visitor) {}

  void Run() {
    ForEach(BlockKind::kTopics, [this](size_t n) { Topics(n); });
    ForEach(BlockKind::kEvents, [this](size_t n) { Events(n); });
    Stubs();
    ForEach(BlockKind::kRecords, [this](size_t n) { Records(n); });
    for (const SegmentTopic& topic : topics_) next_.push_back(topic.first_place);
    position_ = segment_.header().first_position.value;
    ForEach(BlockKind::kOrder, [this](size_t n) { Order(n); });
  }

 private:
  template <typename Visit>
  void ForEach(BlockKind kind, const Visit& visit) {
    const std::vector<BlockEntry>& entries = segment_.blocks(kind);
    for (size_t n = 0; n < entries.size() && !visitor_.enough(); ++n) {
      visitor_.Block(entries[n]);
      visit(n);
    }
  }

  void Tell(BlockKind kind, size_t block, const std::string& what) {
    visitor_.Damage(segment_.DamagedBlock(kind, block, what), {});
  }

  void Topics(size_t n) {
    const auto block = segment_.Topics(n, /*keep=*/false);
    if (!block.ok()) {
      topics_whole_ = false;
      return visitor_.Damage(block.error(), {});
    }
    for (const SegmentTopic& topic : (*block)->topics()) {
      const bool in_order = topics_.empty() || topics_.back().topic < topic.topic;
      const uint32_t place = topics_.empty() ? 0 : EndOf(topics_.back());
      if (topics_whole_ && (!in_order || topic.first_place != place)) {
        topics_whole_ = false;
        return Tell(BlockKind::kTopics, n, "its topics are out of order");
      }
      topics_.push_back(topic);
    }
  }

  void Events(size_t n) {
    const BlockEntry& entry = segment_.blocks(BlockKind::kEvents)[n];
    const auto block = segment_.Events(n, /*keep=*/false);
    if (!block.ok()) {
      events_whole_ = false;
      return visitor_.Damage(block.error(), LostWith(entry));
    }
    BlockEntry times;
    bool as_listed = true;
    for (size_t i = 0; i < (*block)->size(); ++i) {
      const SegmentEvent event = (*block)->event(i);
      times.CountTimes(event.timestamp, event.received_at);
      as_listed = as_listed && IsAt(event, entry.first + static_cast<uint32_t>(i));
      stubs_ += event.is_stub() ? 1 : 0;
      visitor_.Event(event, (*block)->identity(i), entry);
    }
    if (!as_listed) {
      Tell(BlockKind::kEvents, n, "its events are not where the list of topics has them");
    }
    if (!SameTimes(times, entry)) {
      Tell(BlockKind::kEvents, n, "its times are not what the index says");
    }
  }

  // Too many in the header, and what is gone would be taken for rewritten and stay on the disk.
  void Stubs() {
    if (!events_whole_ || visitor_.enough() || stubs_ == segment_.header().stubs) return;
    visitor_.Damage(
        Error(Code::kDamaged, segment_.path() + " at offset 0: the header counts " +
                                  std::to_string(segment_.header().stubs) +
                                  " events without content, there are " + std::to_string(stubs_)),
        {});
  }

  [[nodiscard]] bool IsAt(const SegmentEvent& event, uint32_t place) {
    if (!topics_whole_) return true;
    while (topic_ < topics_.size() && place >= EndOf(topics_[topic_])) ++topic_;
    return topic_ < topics_.size() && event.topic == topics_[topic_].topic &&
           event.sequence.value ==
               topics_[topic_].first.value + (place - topics_[topic_].first_place);
  }

  // What a block of events holds, which cannot be read.
  [[nodiscard]] std::vector<TopicEvents> LostWith(const BlockEntry& entry) const {
    if (!topics_whole_) {
      if (entry.first_topic != entry.last_topic) return {};
      return {{entry.first_topic, entry.first_sequence, entry.last_sequence}};
    }
    std::vector<TopicEvents> lost;
    for (const SegmentTopic& topic : topics_) {
      const uint32_t first = std::max(entry.first, topic.first_place);
      const uint32_t end = std::min(entry.end(), EndOf(topic));
      if (first >= end) continue;
      const uint64_t before = topic.first.value - topic.first_place;
      lost.push_back({topic.topic, {before + first}, {before + end - 1}});
    }
    return lost;
  }

  void Records(size_t n) {
    const auto block = segment_.Records(n, /*keep=*/false);
    if (!block.ok()) {
      records_whole_ = false;
      return visitor_.Damage(block.error(), {});
    }
    for (size_t i = 0; i < (*block)->size(); ++i) {
      const SegmentRecord& record = (*block)->record(i);
      record_positions_.push_back(record.position.value);
      const auto parsed = event::ParseRecord(record.record.bytes, store_seed_, /*verify=*/true);
      if (parsed.ok()) {
        visitor_.Record(record, segment_.blocks(BlockKind::kRecords)[n]);
      } else {
        Tell(BlockKind::kRecords, n, parsed.error().message());
      }
    }
  }

  // Each topic's places, and the records' numbers, come one after the other: so each comes once.
  void Order(size_t n) {
    const BlockEntry& entry = segment_.blocks(BlockKind::kOrder)[n];
    const auto block = segment_.Order(n, /*keep=*/false);
    if (!block.ok()) {
      order_whole_ = false;
      return visitor_.Damage(block.error(), {});
    }
    if (!topics_whole_ || !records_whole_ || !order_whole_) return;
    position_ = segment_.header().first_position.value + entry.first;
    for (size_t i = 0; i < (*block)->size(); ++i, ++position_) {
      const OrderItem item = (*block)->item(i);
      if (item.is_event ? IsNext(item.number) : IsNextRecord(item.number)) continue;
      order_whole_ = false;
      return Tell(BlockKind::kOrder, n,
                  "position " + std::to_string(position_) + " is out of order");
    }
  }

  static uint32_t EndOf(const SegmentTopic& topic) { return topic.first_place + topic.events; }

  [[nodiscard]] bool IsNext(uint32_t place) {
    const auto behind = std::upper_bound(
        topics_.begin(), topics_.end(), place,
        [](uint32_t p, const SegmentTopic& topic) { return p < topic.first_place; });
    if (behind == topics_.begin()) return false;
    const auto topic = static_cast<size_t>(behind - topics_.begin()) - 1;
    return place < EndOf(topics_[topic]) && next_[topic]++ == place;
  }

  [[nodiscard]] bool IsNextRecord(uint32_t number) {
    return number == next_record_ && number < record_positions_.size() &&
           record_positions_[next_record_++] == position_;
  }

  const Segment& segment_;
  const uint64_t store_seed_;
  SegmentCheckVisitor& visitor_;
  std::vector<SegmentTopic> topics_;
  bool topics_whole_ = true;
  size_t topic_ = 0;  // of topics_, of the event at hand
  bool events_whole_ = true;
  uint64_t stubs_ = 0;
  std::vector<uint64_t> record_positions_;
  bool records_whole_ = true;
  std::vector<uint32_t> next_;  // by topic: the place that comes next
  uint32_t next_record_ = 0;
  uint64_t position_ = 0;
  bool order_whole_ = true;
};

// Keeps the first thing that is wrong.
class FirstDamage : public SegmentCheckVisitor {
 public:
  void Event(const SegmentEvent& /*event*/, const event::IndexEntry& /*identity*/,
             const BlockEntry& /*block*/) override {}
  void Record(const SegmentRecord& /*record*/, const BlockEntry& /*block*/) override {}
  void Damage(const Error& error, const std::vector<TopicEvents>& /*lost*/) override {
    if (!first_) first_ = error;
  }
  bool enough() override { return first_.has_value(); }

  [[nodiscard]] Status status() const { return first_ ? Status(*first_) : OkStatus(); }

 private:
  std::optional<Error> first_;
};

}  // namespace

Status ReadSegment(const Segment& segment, const SegmentVisitor& visitor) {
  for (size_t n = 0; n < segment.blocks(BlockKind::kEvents).size(); ++n) {
    const auto block = segment.Events(n, /*keep=*/false);
    if (!block.ok()) return block.error();
    for (size_t i = 0; i < (*block)->size(); ++i) {
      if (Status s = visitor.event((*block)->event(i), (*block)->identity(i)); !s.ok()) return s;
    }
  }
  for (size_t n = 0; n < segment.blocks(BlockKind::kRecords).size(); ++n) {
    const auto block = segment.Records(n, /*keep=*/false);
    if (!block.ok()) return block.error();
    for (size_t i = 0; i < (*block)->size(); ++i) {
      if (Status s = visitor.record((*block)->record(i)); !s.ok()) return s;
    }
  }
  return OkStatus();
}

void CheckSegment(const Segment& segment, uint64_t store_seed, SegmentCheckVisitor& visitor) {
  Checker(segment, store_seed, visitor).Run();
}

Status VerifySegment(const Segment& segment, uint64_t store_seed) {
  FirstDamage first;
  CheckSegment(segment, store_seed, first);
  return first.status();
}

}  // namespace oncelog::store
