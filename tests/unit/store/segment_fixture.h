// SegmentFixture: seals logs and holds all ways to read the segment against the logs' records.
//
//   SealAndCompare({&log});
//   CompareTopics({.from = Instant{7}});        // again, with a window of times
//
// Threads: one.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/segment/order_cursor.h"
#include "store/segment/segment_check.h"
#include "store/segment/topic_cursor.h"
#include "tests/support/code_of.h"
#include "tests/support/segment_maker.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {

inline constexpr uint64_t kSegmentStoreSeed = 42;

// The record as it stood in the log.
inline std::string RecordOf(const SegmentEvent& event, const event::IndexEntry& identity) {
  EXPECT_EQ(identity.sequence(), event.sequence);
  std::string record;
  event::AppendEventRecord(&record, identity.fingerprint(), identity.content(), event.timestamp,
                           event.source, event.json);
  event::SealEventRecord(record.data(), record.size(), event.topic, event.sequence,
                         kSegmentStoreSeed);
  return record;
}

inline bool InWindow(const TimeWindow& window, const Instant& timestamp, UnixMs received_at) {
  return (!window.from || timestamp >= *window.from) && (!window.to || timestamp < *window.to) &&
         (!window.received_from || received_at >= *window.received_from) &&
         (!window.received_to || received_at < *window.received_to);
}

class SegmentFixture : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(fs_.CreateDirectories("d").ok()); }

  void SealAndCompare(const std::vector<const test::LogMaker*>& logs,
                      size_t cache_bytes = 8 << 20) {
    records_.clear();
    for (const test::LogMaker* log : logs) {
      records_.insert(records_.end(), log->records().begin(), log->records().end());
    }
    Result<SegmentInfo> info = test::Seal(fs_, "d", logs);
    ASSERT_TRUE(info.ok()) << info.error().message();
    ASSERT_EQ(fs_.unsynced_changes(), 0u);
    EXPECT_EQ(info->bytes, ReadWholeFile(fs_, "d/7.seg")->size());
    cache_ = std::make_unique<BlockCache>(cache_bytes);
    auto segment = test::OpenSegment(fs_, "d", *info, *cache_);
    ASSERT_TRUE(segment.ok()) << segment.error().message();
    segment_ = *segment;
    CompareAll();
    CompareOrder({});
    CompareTopics({});
    const Status verified = VerifySegment(*segment_, kSegmentStoreSeed);
    EXPECT_TRUE(verified.ok()) << verified.error().message();
    EXPECT_LE(cache_->figures().bytes, cache_bytes);
  }

  void CompareAll() {
    std::map<uint64_t, std::string> others;
    std::vector<std::string> events;
    ASSERT_TRUE(ReadSegment(*segment_, {[&](const SegmentRecord& record) {
                                          others[record.position.value] = record.record.bytes;
                                          return OkStatus();
                                        },
                                        [&](const SegmentEvent& e, const event::IndexEntry& id) {
                                          events.push_back(RecordOf(e, id));
                                          return OkStatus();
                                        }})
                    .ok());
    std::map<uint64_t, std::string> expected_others;
    std::map<std::pair<TopicId, Sequence>, std::string> expected_events;
    for (const test::LogRecord& record : records_) {
      const event::RecordView view = record.view();
      if (view.kind == event::RecordKind::kEvent) {
        expected_events[{view.topic, view.entry.sequence()}] = record.bytes;
      } else {
        expected_others[record.position.value] = record.bytes;
      }
    }
    EXPECT_EQ(others, expected_others);
    ASSERT_EQ(events.size(), expected_events.size());
    size_t at = 0;
    for (const auto& [key, bytes] : expected_events) ASSERT_EQ(events[at++], bytes);
  }

  // From a few positions, up and down.
  void CompareOrder(const TimeWindow& window) {
    const uint64_t first = segment_->header().first_position.value;
    const uint64_t end = segment_->header().end_position.value;
    for (const bool descending : {false, true}) {
      ReadOrder({.descending = descending, .window = window}, first, end);
      for (const uint64_t from : {first, (first + end) / 2, end, end + 5}) {
        ReadOrder({.descending = descending, .from = Position{from}, .window = window},
                  descending ? first : std::max(first, from),
                  descending ? std::min(end, from + 1) : end);
      }
    }
  }

  void ReadOrder(const OrderCursorOptions& options, uint64_t first, uint64_t end) {
    std::vector<test::LogRecord> expected;
    for (const test::LogRecord& record : records_) {
      if (record.position.value >= first && record.position.value < end) expected.push_back(record);
    }
    if (options.descending) std::reverse(expected.begin(), expected.end());
    OrderCursor cursor(segment_, options);
    size_t at = 0;
    for (;;) {
      Result<bool> more = cursor.Next();
      ASSERT_TRUE(more.ok()) << more.error().message();
      if (!*more) break;
      // What was passed over could not match.
      for (; at < expected.size() && expected[at].position != cursor.position(); ++at) {
        const event::RecordView view = expected[at].view();
        ASSERT_FALSE(view.kind == event::RecordKind::kEvent &&
                     InWindow(options.window, view.timestamp, expected[at].received_at));
      }
      ASSERT_LT(at, expected.size());
      const test::LogRecord& record = expected[at++];
      ASSERT_EQ(cursor.is_event(), record.view().kind == event::RecordKind::kEvent);
      if (cursor.is_event()) {
        ASSERT_EQ(RecordOf(cursor.event(), cursor.identity()), record.bytes);
        ASSERT_EQ(cursor.event().received_at, record.received_at);
      } else {
        ASSERT_EQ(cursor.record().record.bytes, record.bytes);
        ASSERT_EQ(cursor.record().received_at, record.received_at);
      }
    }
    for (; at < expected.size(); ++at) {
      const event::RecordView view = expected[at].view();
      ASSERT_FALSE(view.kind == event::RecordKind::kEvent &&
                   InWindow(options.window, view.timestamp, expected[at].received_at));
    }
    EXPECT_EQ(cursor.passed(), expected.size());
  }

  void CompareTopics(const TimeWindow& window) {
    std::map<uint32_t, std::vector<const test::LogRecord*>> by_topic;
    for (const test::LogRecord& record : records_) {
      const event::RecordView view = record.view();
      if (view.kind == event::RecordKind::kEvent) by_topic[view.topic.value].push_back(&record);
    }
    for (const auto& [id, events] : by_topic) {
      Result<SegmentTopic> topic = segment_->Topic({id});
      ASSERT_TRUE(topic.ok());
      ASSERT_EQ(topic->events, events.size());
      ASSERT_EQ(topic->first, events.front()->view().entry.sequence());
      const uint64_t first = topic->first.value;
      const uint64_t last = topic->last().value;
      CompareTopic(*topic, events, {.window = window}, first, last);
      CompareTopic(*topic, events, {.descending = true, .window = window}, first, last);
      const uint64_t middle = (first + last + 1) / 2;
      CompareTopic(*topic, events, {.from = Sequence{middle}, .window = window}, middle, last);
      CompareTopic(*topic, events, {.descending = true, .from = Sequence{middle}, .window = window},
                   first, middle);
      for (const uint64_t sequence : {first, middle, last}) {
        Result<FoundEvent> found = segment_->Find({id}, {sequence});
        ASSERT_TRUE(found.ok());
        ASSERT_EQ(RecordOf(found->event, found->identity), events[sequence - first]->bytes);
      }
      ASSERT_EQ(test::CodeOf(segment_->Find({id}, {first - 1})), Code::kNotFound);
      ASSERT_EQ(test::CodeOf(segment_->Find({id}, {last + 1})), Code::kNotFound);
    }
    EXPECT_EQ(test::CodeOf(segment_->Topic({1'000'000})), Code::kNotFound);
    EXPECT_EQ(segment_->header().topics, by_topic.size());
  }

  // Behind the last and before the first there is nothing.
  void CompareTopic(const SegmentTopic& topic, const std::vector<const test::LogRecord*>& events,
                    const TopicCursorOptions& options, uint64_t first, uint64_t last) {
    TopicCursor cursor(segment_, topic, options);
    uint64_t next = options.descending ? last : first;
    const auto skipped = [&](uint64_t sequence) {
      const test::LogRecord& record = *events[sequence - topic.first.value];
      return !InWindow(options.window, record.view().timestamp, record.received_at);
    };
    for (;;) {
      Result<bool> more = cursor.Next();
      ASSERT_TRUE(more.ok()) << more.error().message();
      if (!*more) break;
      for (; next != cursor.event().sequence.value; next += options.descending ? -1 : 1) {
        ASSERT_TRUE(skipped(next));
      }
      ASSERT_EQ(RecordOf(cursor.event(), cursor.identity()),
                events[next - topic.first.value]->bytes);
      next += options.descending ? -1 : 1;
    }
    for (; next >= first && next <= last; next += options.descending ? -1 : 1) {
      ASSERT_TRUE(skipped(next));
    }
    EXPECT_EQ(cursor.passed(), last - first + 1);
  }

  test::UnsyncedFileSystem fs_;
  std::vector<test::LogRecord> records_;
  std::unique_ptr<BlockCache> cache_;
  std::shared_ptr<const Segment> segment_;
};

}  // namespace oncelog::store
