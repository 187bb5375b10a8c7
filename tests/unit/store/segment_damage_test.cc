// A damaged segment says so, and where; it never gives a wrong answer.

#include <gtest/gtest.h>

#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/segment/order_cursor.h"
#include "store/segment/segment_check.h"
#include "store/segment/topic_cursor.h"
#include "tests/support/code_of.h"
#include "tests/support/segment_maker.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

using test::CodeOf;
using test::LogMaker;

constexpr uint64_t kStoreSeed = 42;

class SegmentDamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fs_.CreateDirectories("d").ok());
    LogMaker log(fs_, "d/1.log", {});
    std::mt19937_64 random(test::TestSeed());
    log.Topic(0, "a");
    log.Topic(1, "b");
    for (int i = 0; i < 6; ++i) {
      log.Event(i % 2, R"({"event_id":")" + test::RandomUuid(random) + R"(","n":1})", {i, 5});
    }
    log.Duplicates(1, 3, "s");
    log.EndFrame({1000});
    info_ = *test::Seal(fs_, "d", {&log});
    whole_ = *ReadWholeFile(fs_, "d/7.seg");
    ASSERT_TRUE(ReadEverything().ok());
  }

  // All ways to read it; the first error.
  Status ReadEverything() {
    BlockCache cache(1 << 20);
    auto opened = test::OpenSegment(fs_, "d", info_, cache);
    if (!opened.ok()) return opened.error();
    const std::shared_ptr<const Segment> segment = opened.Take();
    OrderCursor order(segment, {});
    for (uint64_t position = 0;; ++position) {
      Result<bool> more = order.Next();
      if (!more.ok()) return more.error();
      if (!*more) break;
      EXPECT_EQ(order.position().value, position);
    }
    for (const uint32_t id : {0u, 1u}) {
      const auto topic = segment->Topic({id});
      if (!topic.ok()) return topic.error();
      TopicCursor cursor(segment, *topic, {.descending = true});
      for (uint64_t sequence = 3;; --sequence) {
        Result<bool> more = cursor.Next();
        if (!more.ok()) return more.error();
        if (!*more) break;
        EXPECT_EQ(cursor.event().sequence.value, sequence);
        EXPECT_EQ(cursor.event().topic.value, id);
      }
      const auto found = segment->Find({id}, {2});
      if (!found.ok()) return found.error();
    }
    return VerifySegment(*segment, kStoreSeed);
  }

  void Replace(const std::string& bytes) {
    const std::unique_ptr<File> file = fs_.Open("d/7.seg", OpenMode::kReadWrite).Take();
    ASSERT_TRUE(file->WriteAt(0, bytes).ok() && file->Truncate(bytes.size()).ok());
    ASSERT_TRUE(file->DataSync().ok());
  }

  test::UnsyncedFileSystem fs_;
  SegmentInfo info_;
  std::string whole_;
};

TEST_F(SegmentDamageTest, NoDamagedByteGoesUnnoticed) {
  for (size_t at = 0; at < whole_.size(); ++at) {
    // All of what is not padding; of the padding every seventh byte.
    if (whole_[at] == 0 && at % 7 != 0) continue;
    std::string damaged = whole_;
    damaged[at] = static_cast<char>(damaged[at] ^ 1 << at % 8);
    Replace(damaged);
    const Status s = ReadEverything();
    ASSERT_EQ(CodeOf(s), Code::kDamaged) << "byte " << at;
    ASSERT_NE(s.error().message().find("d/7.seg"), std::string::npos) << s.error().message();
  }
}

TEST_F(SegmentDamageTest, NoCutGoesUnnoticed) {
  for (size_t bytes = 0; bytes < whole_.size() + 600; bytes += 97) {
    if (bytes == whole_.size()) continue;
    std::string cut = whole_;
    cut.resize(bytes);
    Replace(cut);
    ASSERT_EQ(CodeOf(ReadEverything()), Code::kDamaged) << bytes;
  }
}

TEST_F(SegmentDamageTest, TheErrorNamesWhatIsLost) {
  BlockCache cache(0);
  const auto segment = test::OpenSegment(fs_, "d", info_, cache).Take();
  const auto message = [&](BlockKind kind) {
    std::string damaged = whole_;
    damaged[segment->blocks(kind).front().offset + 6] ^= 0x10;
    Replace(damaged);
    const Status s = ReadEverything();
    return s.ok() ? std::string() : s.error().message();
  };
  const uint64_t events_at = segment->blocks(BlockKind::kEvents).front().offset;
  EXPECT_EQ(message(BlockKind::kEvents),
            "d/7.seg at offset " + std::to_string(events_at) +
                ": the checksum of the block does not hold; it holds topic number 0 sequence 1 to "
                "topic number 1 sequence 3");
  EXPECT_NE(message(BlockKind::kOrder).find("positions 0 to 8"), std::string::npos);
  EXPECT_NE(message(BlockKind::kTopics).find("topic number 0 sequence 1"), std::string::npos);
  EXPECT_NE(message(BlockKind::kRecords).find("3 records"), std::string::npos);
}

TEST_F(SegmentDamageTest, RightBytesInTheWrongPlaceAreDamage) {
  // In another store, under another number, or another segment than the one that is listed.
  BlockCache cache(1 << 20);
  EXPECT_EQ(CodeOf(Segment::Open(fs_, "d", info_, kStoreSeed + 1, cache)), Code::kDamaged);
  SegmentInfo other = info_;
  ++other.end_position.value;
  EXPECT_EQ(CodeOf(test::OpenSegment(fs_, "d", other, cache)), Code::kDamaged);
  other = info_;
  other.id = 8;
  EXPECT_EQ(CodeOf(test::OpenSegment(fs_, "d", other, cache)), Code::kNotFound);
  ASSERT_TRUE(fs_.Rename("d/7.seg", "d/8.seg").ok());
  EXPECT_EQ(CodeOf(test::OpenSegment(fs_, "d", other, cache)), Code::kDamaged);
}

TEST_F(SegmentDamageTest, ANewerFormatIsTooNew) {
  std::string page = whole_.substr(0, kSegmentPageBytes - 8);
  StoreLe(page.data() + 8, kSegmentFormatVersion + 1);
  ByteWriter(&page).Put(SegmentChecksum(SegmentSeed(kStoreSeed, 7), 0, page));
  Replace(page + whole_.substr(kSegmentPageBytes));
  EXPECT_EQ(CodeOf(ReadEverything()), Code::kTooNew);
}

}  // namespace
}  // namespace oncelog::store
