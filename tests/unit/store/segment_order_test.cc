// Long scans in order of durability: large stretches give what small ones give, there are few of
// them, and what lies before a damaged block is given out.

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/support/test_seed.h"
#include "tests/unit/store/segment_fixture.h"

namespace oncelog::store {
namespace {

using test::LogMaker;

constexpr size_t kLarge = size_t{1} << 30;  // more than there is: as large as allowed

class SegmentOrderTest : public SegmentFixture {
 protected:
  void Compare(OrderCursorOptions options) {
    options.stretch = kLarge;
    const uint64_t first = segment_->header().first_position.value;
    const uint64_t end = segment_->header().end_position.value;
    const uint64_t from = options.from.value_or(Position{options.descending ? end : first}).value;
    ReadOrder(options, options.descending ? first : from,
              options.descending ? std::min(end, from + 1) : end);
  }
};

TEST_F(SegmentOrderTest, LargeStretchesGiveTheSame) {
  std::mt19937_64 random(test::TestSeed());
  LogMaker log(fs_, "d/1.log", {.position = {1000}});
  MakeRandomLog(&log, random, {.topics = 300, .records = 60'000, .json_bytes_max = 10});
  SealAndCompare({&log});
  const uint64_t first = segment_->header().first_position.value;
  for (const bool descending : {false, true}) {
    Compare({.descending = descending});
    for (int i = 0; i < 3; ++i) {
      Compare({.descending = descending, .from = Position{first + random() % 60'000}});
    }
  }
}

TEST_F(SegmentOrderTest, LargeStretchesEndBeforeWhatIsNotWanted) {
  LogMaker log(fs_, "d/1.log", {});
  for (int i = 0; i < 80'000; ++i) {
    log.Event(static_cast<uint32_t>(i % 7), "{}", {1'000'000 + i, 0});
    if (i % 100 == 99) log.EndFrame({2'000'000 + i});
  }
  SealAndCompare({&log});
  for (const bool descending : {false, true}) {
    Compare({.descending = descending, .window = {.from = Instant{1'060'000, 0}}});
    Compare({.descending = descending, .window = {.to = Instant{1'020'000, 0}}});
    Compare({.descending = descending,
             .window = {.received_from = UnixMs{2'030'000}, .received_to = UnixMs{2'033'000}}});
  }
}

TEST_F(SegmentOrderTest, SoughtItGoesOnAsIfMadeThere) {
  std::mt19937_64 random(test::TestSeed());
  LogMaker log(fs_, "d/1.log", {.position = {5}});
  MakeRandomLog(&log, random, {.topics = 50, .records = 40'000, .json_bytes_max = 10});
  SealAndCompare({&log});
  for (const bool descending : {false, true}) {
    OrderCursor sought(segment_, {.descending = descending, .stretch = kLarge});
    for (int i = 0; i < 20; ++i) {
      const Position from{random() % 41'000};
      sought.Seek(from);
      OrderCursor fresh(segment_, {.descending = descending, .from = from});
      for (int steps = 0; steps < 200; ++steps) {
        const Result<bool> expected = fresh.Next();
        const Result<bool> more = sought.Next();
        ASSERT_TRUE(expected.ok() && more.ok());
        ASSERT_EQ(*expected, *more);
        if (!*more) break;
        ASSERT_EQ(fresh.position(), sought.position());
        ASSERT_EQ(fresh.is_event(), sought.is_event());
        if (sought.is_event()) {
          ASSERT_EQ(RecordOf(fresh.event(), fresh.identity()),
                    RecordOf(sought.event(), sought.identity()));
        }
      }
    }
  }
}

TEST_F(SegmentOrderTest, LargeStretchesAreFewAndWithoutOneAllIsReadAsWell) {
  LogMaker log(fs_, "d/1.log", {});
  for (uint32_t i = 0; i < 40'000; ++i) log.Event(i % 5, "{}");
  log.EndFrame({1});
  SealAndCompare({&log});
  OrderCursor first(segment_, {});
  auto second = std::make_unique<OrderCursor>(segment_, OrderCursorOptions{});
  OrderCursor third(segment_, {});
  ASSERT_EQ(BlockCache::kLargeStretches, 2);
  EXPECT_TRUE(first.ReserveLarge());
  EXPECT_TRUE(first.ReserveLarge()) << "it has one";
  EXPECT_TRUE(second->ReserveLarge());
  EXPECT_FALSE(third.ReserveLarge());
  Compare({});
  Compare({.descending = true});
  second.reset();
  EXPECT_TRUE(third.ReserveLarge());
}

TEST_F(SegmentOrderTest, WhatLiesBeforeADamagedBlockIsGivenOut) {
  LogMaker log(fs_, "d/1.log", {});
  for (uint32_t i = 0; i < 30'000; ++i) log.Event(i < 20'000 ? 1 : 2, "{}");
  log.EndFrame({1});
  SealAndCompare({&log});
  const BlockEntry& last = segment_->blocks(BlockKind::kEvents).back();
  ASSERT_EQ(last.first_topic, TopicId{2});
  Result<std::unique_ptr<File>> file = fs_.Open("d/7.seg", OpenMode::kReadWrite);
  ASSERT_TRUE(file.ok() && (*file)->WriteAt(last.offset + last.stored_bytes / 2, "damage").ok());
  BlockCache empty(0);
  const SegmentInfo info{7, segment_->header().first_position, segment_->header().end_position,
                         segment_->header().events, segment_->header().file_bytes()};
  const auto damaged = test::OpenSegment(fs_, "d", info, empty);
  ASSERT_TRUE(damaged.ok()) << damaged.error().message();
  OrderCursor cursor(*damaged, {.stretch = kLarge});
  uint64_t given = 0;
  Result<bool> more = cursor.Next();
  for (; more.ok() && *more; more = cursor.Next()) ++given;
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error().code(), Code::kDamaged);
  EXPECT_GE(given, last.first - 64);  // places are positions here
  EXPECT_LE(given, last.first);
}

}  // namespace
}  // namespace oncelog::store
