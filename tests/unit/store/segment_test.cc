// Sealing changes where bytes are, not what is read: whatever the log held, and however it is read,
// the segment gives the same.

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>

#include "tests/support/test_seed.h"
#include "tests/unit/store/segment_fixture.h"

namespace oncelog::store {
namespace {

using test::LogMaker;

class SegmentTest : public SegmentFixture {};

TEST_F(SegmentTest, ReadsWhateverTheLogHeld) {
  std::mt19937_64 random(test::TestSeed());
  for (int round = 0; round < 12; ++round) {
    const std::string path = "d/" + std::to_string(round) + ".log";
    LogMaker log(fs_, path, {.position = {random() % 3 * 1000}});
    MakeRandomLog(&log, random,
                  {.topics = static_cast<uint32_t>(1 + random() % 40),
                   .records = 1 + random() % 3000,
                   .json_bytes_max = 1 + random() % 2000,
                   .odd_times = round % 3 == 0});
    SealAndCompare({&log}, round % 2 == 0 ? 8 << 20 : 0);
  }
}

TEST_F(SegmentTest, ManyPositionsOfManyTopics) {
  std::mt19937_64 random(test::TestSeed());
  LogMaker log(fs_, "d/1.log", {});
  MakeRandomLog(&log, random, {.topics = 400, .records = 40'000, .json_bytes_max = 10});
  SealAndCompare({&log});
  EXPECT_EQ(segment_->header().blocks[static_cast<size_t>(BlockKind::kOrder)], 3u);
}

TEST_F(SegmentTest, TimesOutsideTheWindowArePassedOver) {
  std::mt19937_64 random(test::TestSeed());
  LogMaker log(fs_, "d/1.log", {});
  for (int i = 0; i < 40'000; ++i) {
    log.Event(i % 7 == 0 ? 1 : 2, R"({"event_id":")" + test::RandomUuid(random) + R"("})",
              {1'000'000 + i, static_cast<uint32_t>(random() % 1'000'000'000)});
    if (i % 100 == 99) log.EndFrame({2'000'000 + i});
  }
  SealAndCompare({&log});
  for (int i = 0; i < 10; ++i) {
    const auto number = [&] { return static_cast<int64_t>(random() % 42'000) - 1000; };
    CompareTopics({.from = Instant{1'000'000 + number(), 5}});
    CompareTopics({.to = Instant{1'000'000 + number(), 5}});
    CompareTopics({.received_from = UnixMs{2'000'000 + number()}});
    CompareTopics({.received_to = UnixMs{2'000'000 + number()}});
  }
  CompareOrder({.from = Instant{1'020'000, 1}, .to = Instant{1'020'100, 1}});
  CompareOrder({.received_from = UnixMs{2'039'000}});
  CompareOrder({.received_to = UnixMs{2'000'100}});
  CompareOrder({.to = Instant{0, 0}});
  // Just the last and just the first one.
  CompareTopics({.received_from = UnixMs{2'039'999}});
  CompareTopics({.from = Instant{1'039'999, 0}});
  CompareTopics({.received_to = UnixMs{2'000'100}});
  CompareTopics({.to = Instant{1'000'000, 999'999'999}});
  CompareOrder({.received_from = UnixMs{2'039'999}});

  // And without reading what they are in.
  const uint64_t misses = cache_->figures().misses;
  TopicCursor cursor(segment_, *segment_->Topic({2}), {.window = {.to = Instant{1'000'000, 1}}});
  while (*cursor.Next()) {
  }
  EXPECT_LE(cache_->figures().misses, misses + 1);
}

TEST_F(SegmentTest, TenThousandTopicsOfOneEvent) {
  LogMaker log(fs_, "d/1.log", {});
  for (uint32_t i = 0; i < 10'000; ++i) {
    const uint32_t topic = i * 7919 % 10'000;
    log.Topic(topic, std::to_string(topic));
    log.Event(topic, "{\"n\":" + std::to_string(i) + "}");
  }
  log.EndFrame({1});
  SealAndCompare({&log});
  EXPECT_EQ(segment_->header().blocks[static_cast<size_t>(BlockKind::kTopics)], 3u);
}

TEST_F(SegmentTest, HugeEventsHaveBlocksOfTheirOwn) {
  std::mt19937_64 random(test::TestSeed());
  LogMaker log(fs_, "d/1.log", {});
  for (const size_t bytes : {10u, 2u << 20, 65'500u, 65'536u, 65'600u, 3u, 3u << 20, 1u}) {
    std::string json(bytes, ' ');
    for (char& c : json) c = static_cast<char>('a' + random() % 26);
    log.Event(3, json);
    log.Conflict(3, json);
    log.EndFrame({1});
  }
  SealAndCompare({&log});
  for (const BlockEntry& block : segment_->blocks(BlockKind::kEvents)) {
    EXPECT_TRUE(block.items == 1 || block.raw_bytes < 70'000) << block.raw_bytes;
  }
}

TEST_F(SegmentTest, SeveralLogFilesBecomeOneSegment) {
  std::mt19937_64 random(test::TestSeed());
  LogMaker first(fs_, "d/1.log",
                 {.position = {77}, .heads = {{0, 1000}, {1, (1ULL << 40) - 1000}}});
  MakeRandomLog(&first, random, {.topics = 2, .records = 300});
  LogMaker second(fs_, "d/2.log", first.Next(2));
  second.EndFrame({1'760'000'100'000}, /*mark=*/true);
  LogMaker third(fs_, "d/3.log", second.Next(3));
  MakeRandomLog(&third, random, {.topics = 2, .records = 300});
  SealAndCompare({&first, &second, &third});
  EXPECT_EQ(segment_->header().first_position, Position{77});
}

TEST_F(SegmentTest, ALogWithoutEventsOrWithoutRecords) {
  LogMaker marks(fs_, "d/1.log", {.position = {5}});
  marks.EndFrame({1}, /*mark=*/true);
  SealAndCompare({&marks});
  LogMaker empty(fs_, "d/2.log", {});
  SealAndCompare({&empty});
  LogMaker topics(fs_, "d/3.log", {});
  topics.Topic(0, "t");
  topics.EndFrame({1});
  SealAndCompare({&topics});
}

TEST_F(SegmentTest, TheLinksOfTheChainAreKept) {
  LogMaker first(fs_, "d/1.log", {.link = 99});
  first.Event(0, "{}");
  first.EndFrame({1});
  SealAndCompare({&first});
  EXPECT_EQ(segment_->header().first_link, 99u);
  EXPECT_EQ(segment_->header().end_link, first.Next(2).link);
}

TEST_F(SegmentTest, AReplacedSegmentStaysUntilItsLastReaderIsDone) {
  LogMaker log(fs_, "d/1.log", {});
  log.Event(0, "{}");
  log.EndFrame({1});
  SealAndCompare({&log});
  std::optional<TopicCursor> reader(std::in_place, segment_, *segment_->Topic({0}),
                                    TopicCursorOptions{});
  segment_->RemoveWhenDropped();
  segment_.reset();
  EXPECT_TRUE(*reader->Next());
  EXPECT_TRUE(*fs_.Exists("d/7.seg"));
  reader.reset();
  EXPECT_FALSE(*fs_.Exists("d/7.seg"));
}

}  // namespace
}  // namespace oncelog::store
