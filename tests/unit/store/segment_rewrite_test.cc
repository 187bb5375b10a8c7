// Stubs: what is gone is not taken into a segment, or leaves it when it is rewritten; both ways the
// same segment comes out, and of all other rows every byte stays.

#include "store/segment/segment_rewriter.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "store/segment/gone.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/sanitized.h"
#include "tests/support/test_seed.h"
#include "tests/unit/store/segment_fixture.h"

namespace oncelog::store {
namespace {

using test::CodeOf;
using test::FsCall;
using test::LogMaker;

constexpr uint64_t kNewId = 8;

// What a segment says, row by row.
struct Rows {
  std::vector<std::string> records;
  std::vector<std::string> identities;
  std::vector<std::string> events;  // empty: a stub
  std::vector<std::string> order;

  bool operator==(const Rows&) const = default;
};

Rows RowsOf(const std::shared_ptr<const Segment>& segment) {
  Rows rows;
  const Status s = ReadSegment(
      *segment, {[&](const SegmentRecord& record) {
                   rows.records.push_back(std::to_string(record.position.value) + " " +
                                          std::to_string(record.received_at.value) +
                                          std::string(record.record.bytes));
                   return OkStatus();
                 },
                 [&](const SegmentEvent& event, const event::IndexEntry& identity) {
                   std::string bytes(reinterpret_cast<const char*>(&identity), sizeof identity);
                   bytes += std::to_string(event.topic.value) + " ";
                   bytes += std::to_string(event.received_at.value);
                   rows.identities.push_back(bytes);
                   EXPECT_EQ(event.is_stub(), event.timestamp == kNoTimestamp);
                   EXPECT_TRUE(!event.is_stub() || event.source.empty());
                   rows.events.push_back(event.is_stub() ? "" : RecordOf(event, identity));
                   return OkStatus();
                 }});
  EXPECT_TRUE(s.ok());
  OrderCursor order(segment, {});
  for (Result<bool> more = order.Next(); more.ok() && *more; more = order.Next()) {
    rows.order.push_back(order.is_event() ? std::to_string(order.event().topic.value) + " " +
                                                std::to_string(order.event().sequence.value)
                                          : "record");
  }
  return rows;
}

class SegmentRewriteTest : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    log_ = std::make_unique<LogMaker>(fs_, "d/1.log", test::LogStart());
    MakeRandomLog(log_.get(), random_, {.topics = 7, .records = 3000});
    for (uint32_t topic = 0; topic < 3; ++topic) log_->Conflict(topic, R"({"secret":1})");
    log_->EndFrame({5'000'000});
    SealAndCompare({log_.get()});
  }

  Result<SegmentInfo> Rewrite(FileSystem& fs, const GonePredicate& gone,
                              const SegmentPace& pace = nullptr) {
    const SegmentHeader& old = segment_->header();
    const SegmentTarget target{kNewId, old.first_position, old.end_position, kSegmentStoreSeed};
    return SegmentRewriter(fs, "d", target, pace, gone).Rewrite(*segment_);
  }
  std::shared_ptr<const Segment> Open(const Result<SegmentInfo>& info) {
    EXPECT_TRUE(info.ok());
    auto opened = test::OpenSegment(fs_, "d", *info, *cache_);
    EXPECT_TRUE(opened.ok());
    const Status whole = VerifySegment(**opened, kSegmentStoreSeed);
    EXPECT_TRUE(whole.ok()) << whole.error().message();
    return opened.Take();
  }
  // Some of them, always the same.
  static bool Third(TopicId topic, Sequence sequence) {
    return (topic.value * 7 + sequence.value) % 3 == 0;
  }

  std::mt19937_64 random_{test::TestSeed()};
  std::unique_ptr<LogMaker> log_;
};

TEST_F(SegmentRewriteTest, OnlyWhatIsGoneGoes) {
  const Rows before = RowsOf(segment_);
  const std::shared_ptr<const Segment> rewritten = Open(Rewrite(fs_, Third));
  const Rows after = RowsOf(rewritten);
  EXPECT_EQ(after.identities, before.identities);
  EXPECT_EQ(after.order, before.order);
  ASSERT_EQ(after.events.size(), before.events.size());
  size_t stubs = 0;
  size_t at = 0;
  ASSERT_TRUE(ReadSegment(*segment_, {[](const auto&) { return OkStatus(); },
                                      [&](const SegmentEvent& event, const auto&) {
                                        const bool gone = Third(event.topic, event.sequence);
                                        stubs += gone ? 1 : 0;
                                        EXPECT_EQ(after.events[at], gone ? "" : before.events[at]);
                                        ++at;
                                        return OkStatus();
                                      }})
                  .ok());
  EXPECT_GT(stubs, 500U);
  EXPECT_EQ(rewritten->header().stubs, stubs);
  EXPECT_EQ(rewritten->header().first_link, segment_->header().first_link);
  EXPECT_EQ(rewritten->header().end_link, segment_->header().end_link);
  EXPECT_EQ(segment_->header().stubs, 0U);
  EXPECT_EQ(fs_.unsynced_changes(), 0U);
}

TEST_F(SegmentRewriteTest, SealingWithoutItComesToTheSame) {
  const Rows rewritten = RowsOf(Open(Rewrite(fs_, Third)));
  const SealInput input{&log_->file(), 1, log_->end_offset()};
  const SegmentTarget target{9, {0}, log_->end(), kSegmentStoreSeed};
  LogMemory memory;
  const Result<SegmentInfo> sealed =
      SegmentSealer(fs_, "d", target, memory, nullptr, Third).Seal({&input, 1});
  EXPECT_EQ(RowsOf(Open(sealed)), rewritten);
}

TEST_F(SegmentRewriteTest, AWrongCountOfStubsIsDamage) {
  const Result<SegmentInfo> info = Rewrite(fs_, Third);
  SegmentHeader header = Open(info)->header();
  ++header.stubs;
  const uint64_t seed = SegmentSeed(kSegmentStoreSeed, kNewId);
  const auto file = fs_.Open(SegmentPath("d", kNewId), OpenMode::kReadWrite);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->WriteAt(0, EncodeSegmentHeader(header, seed)).ok());
  const auto opened = test::OpenSegment(fs_, "d", *info, *cache_);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(CodeOf(VerifySegment(**opened, kSegmentStoreSeed)), Code::kDamaged);
}

// Also a second time, when more is gone than before.
TEST_F(SegmentRewriteTest, StubsStayStubs) {
  segment_ = Open(Rewrite(fs_, Third));
  const Rows before = RowsOf(segment_);
  const SegmentTarget target{9, segment_->header().first_position, segment_->header().end_position,
                             kSegmentStoreSeed};
  const auto again = Open(SegmentRewriter(fs_, "d", target, nullptr, nullptr).Rewrite(*segment_));
  EXPECT_EQ(RowsOf(again), before);
  EXPECT_EQ(again->header().stubs, segment_->header().stubs);
}

TEST_F(SegmentRewriteTest, ConflictsOfWhatIsGoneLoseTheirJson) {
  const auto gone = [](TopicId topic, Sequence) { return topic.value == 1; };
  const auto rewritten = Open(Rewrite(fs_, gone));
  size_t kept = 0;
  ASSERT_TRUE(ReadSegment(*rewritten, {[&](const SegmentRecord& record) {
                                         if (record.record.kind == event::RecordKind::kConflict) {
                                           const bool holds = HoldsConflict(record.record);
                                           EXPECT_EQ(holds, record.record.topic.value != 1);
                                           kept += holds ? 1 : 0;
                                           EXPECT_FALSE(record.record.json.empty());
                                         }
                                         return OkStatus();
                                       },
                                       [](const auto&, const auto&) { return OkStatus(); }})
                  .ok());
  EXPECT_GE(kept, 2U);
}

// All of it: about 20 bytes an event, and no time of theirs keeps a reader from passing over them.
TEST_F(SegmentRewriteTest, WhenAllIsGoneLittleIsLeft) {
  const auto all = [](TopicId, Sequence) { return true; };
  const Result<SegmentInfo> info = Rewrite(fs_, all);
  const auto rewritten = Open(info);
  EXPECT_EQ(rewritten->header().stubs, rewritten->header().events);
  for (const BlockKind kind : {BlockKind::kEvents, BlockKind::kOrder}) {
    for (const BlockEntry& block : rewritten->blocks(kind)) {
      EXPECT_EQ(block.timestamp_min, INT64_MAX);
      EXPECT_EQ(block.timestamp_max, INT64_MIN);
      EXPECT_FALSE((TimeWindow{.from = Instant{-100'000'000'000}}).MayHold(block));
      EXPECT_FALSE((TimeWindow{.to = Instant{300'000'000'000}}).MayHold(block));
    }
  }
  uint64_t bytes = 0;
  for (const BlockEntry& block : rewritten->blocks(BlockKind::kEvents)) bytes += block.stored_bytes;
  EXPECT_LT(bytes, uint64_t{25} * rewritten->header().events);
  RecordProperty("bytes_per_stub", std::to_string(bytes * 10 / rewritten->header().events));
}

TEST_F(SegmentRewriteTest, AnyFailingCallLeavesNothing) {
  constexpr uint64_t kStride = test::kSanitized ? 7 : 1;
  const SegmentHeader& header = segment_->header();
  const SegmentInfo info{header.id, header.first_position, header.end_position, header.events,
                         header.file_bytes()};
  uint64_t kinds_failed = 0;
  for (const test::FaultKind& kind : test::FaultKinds()) {
    if (kind.call == FsCall::kRemove) continue;  // called behind another failure only
    bool struck = true;
    for (uint64_t nth = 1; struck; nth += kStride) {
      test::FaultFileSystem faults(fs_);
      BlockCache cache(0);  // all is read
      segment_ = test::OpenSegment(faults, "d", info, cache).Take();
      faults.Plan({.call = kind.call, .nth = nth, .code = Code::kDiskFull});
      const Result<SegmentInfo> rewritten = Rewrite(faults, Third);
      struck = faults.faults() > 0;
      ASSERT_EQ(rewritten.ok(), !struck) << kind.name << " number " << nth;
      ASSERT_EQ(*fs_.Exists("d/8.seg"), !struck) << kind.name << " number " << nth;
      if (struck) {
        ASSERT_EQ(CodeOf(rewritten), Code::kDiskFull);
        kinds_failed += nth == 1 ? 1 : 0;
      }
      segment_.reset();  // before what it was opened with
    }
    ASSERT_TRUE(fs_.Remove("d/8.seg").ok());
  }
  EXPECT_EQ(kinds_failed, 7U) << "open, size, read, write, short write, both syncs";
}

TEST_F(SegmentRewriteTest, GivingUpLeavesNothing) {
  const auto give_up = [](size_t) { return false; };
  ASSERT_EQ(CodeOf(Rewrite(fs_, Third, give_up)), Code::kBusy);
  ASSERT_FALSE(*fs_.Exists("d/8.seg"));
}

TEST_F(SegmentRewriteTest, ADamagedSegmentIsNotRewritten) {
  const std::string whole = *ReadWholeFile(fs_, "d/7.seg");
  for (const BlockKind kind :
       {BlockKind::kRecords, BlockKind::kEvents, BlockKind::kOrder, BlockKind::kTopics}) {
    const uint64_t at = segment_->blocks(kind).back().offset + 5;
    const auto file = fs_.Open("d/7.seg", OpenMode::kReadWrite).Take();
    const auto flipped = static_cast<char>(whole[at] ^ 0x10);
    ASSERT_TRUE(file->WriteAt(at, {&flipped, 1}).ok());
    cache_ = std::make_unique<BlockCache>(0);
    const SegmentInfo info{7, segment_->header().first_position, segment_->header().end_position,
                           segment_->header().events, whole.size()};
    segment_ = test::OpenSegment(fs_, "d", info, *cache_).Take();
    const Result<SegmentInfo> rewritten = Rewrite(fs_, Third);
    ASSERT_EQ(CodeOf(rewritten), Code::kDamaged) << static_cast<int>(kind);
    EXPECT_NE(rewritten.error().message().find("d/7.seg at offset "), std::string::npos);
    ASSERT_FALSE(*fs_.Exists("d/8.seg"));
    ASSERT_TRUE(file->WriteAt(at, {&whole[at], 1}).ok());
  }
}

}  // namespace
}  // namespace oncelog::store
