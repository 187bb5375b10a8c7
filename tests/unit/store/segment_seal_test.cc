// Sealing that does not succeed leaves nothing behind and says why.

#include "store/segment/segment_sealer.h"

#include <gtest/gtest.h>

#include <vector>

#include "store/segment/segment_check.h"
#include "tests/support/code_of.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/segment_maker.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

using test::CodeOf;
using test::FsCall;
using test::LogMaker;

class SegmentSealTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fs_.CreateDirectories("d").ok());
    ASSERT_TRUE(fs_.CreateDirectories("seg").ok());
  }

  // With random text that keeps its size when it is compressed: some pieces to write.
  void FillWithText(LogMaker* log, size_t events) {
    for (size_t i = 0; i < events; ++i) {
      std::string json;
      for (int n = 0; n < 20'000; ++n) json.push_back(static_cast<char>('!' + random_() % 90));
      log->Event(static_cast<uint32_t>(i % 3), json);
      if (i % 10 == 9) log->EndFrame({1000});
    }
  }

  [[nodiscard]] bool NothingLeft() { return fs_.List("seg")->empty(); }

  std::mt19937_64 random_{1};
  test::UnsyncedFileSystem fs_;
};

TEST_F(SegmentSealTest, AnyFailingCallLeavesNothing) {
  test::FaultFileSystem faults(fs_);
  LogMaker log(faults, "d/1.log", {});
  FillWithText(&log, 120);
  for (const FsCall call : {FsCall::kOpen, FsCall::kRead, FsCall::kWrite, FsCall::kShortWrite,
                            FsCall::kDataSync, FsCall::kDirectorySync}) {
    for (uint64_t nth = 1;; ++nth) {
      const uint64_t before = faults.faults();
      faults.Plan({.call = call, .nth = nth, .code = Code::kDiskFull});
      const Result<SegmentInfo> info = test::Seal(faults, "seg", {&log});
      const bool struck = faults.faults() > before;
      faults.Heal();
      if (!struck) {
        ASSERT_TRUE(info.ok());
        EXPECT_GT(nth, 1u);
        break;
      }
      ASSERT_EQ(CodeOf(info), Code::kDiskFull) << static_cast<int>(call) << " " << nth;
      ASSERT_TRUE(NothingLeft());
    }
    ASSERT_TRUE(fs_.Remove("seg/7.seg").ok());
  }
}

TEST_F(SegmentSealTest, AFileACrashLeftIsReplaced) {
  ASSERT_TRUE(fs_.Open("seg/7.seg", OpenMode::kCreateNew).Take()->WriteAt(90'000, "junk").ok());
  LogMaker log(fs_, "d/1.log", {});
  log.Event(0, "{}");
  log.EndFrame({1});
  const Result<SegmentInfo> info = test::Seal(fs_, "seg", {&log});
  ASSERT_TRUE(info.ok());
  BlockCache cache(1 << 20);
  EXPECT_TRUE(VerifySegment(**test::OpenSegment(fs_, "seg", *info, cache), 42).ok());
}

TEST_F(SegmentSealTest, ThePaceSeesAllBytesAndMayGiveUp) {
  LogMaker log(fs_, "d/1.log", {});
  FillWithText(&log, 200);
  uint64_t calls = 0;
  uint64_t bytes = 0;
  const Result<SegmentInfo> info = test::Seal(fs_, "seg", {&log}, [&](size_t some) {
    ++calls;
    bytes += some;
    return true;
  });
  ASSERT_TRUE(info.ok());
  EXPECT_GT(bytes + (1 << 20), log.end_offset() + info->bytes - kSegmentPageBytes);
  ASSERT_TRUE(fs_.Remove("seg/7.seg").ok());
  for (uint64_t nth = 0; nth < calls; ++nth) {
    uint64_t left = nth;
    const auto pace = [&](size_t) { return left-- > 0; };
    ASSERT_EQ(CodeOf(test::Seal(fs_, "seg", {&log}, pace)), Code::kBusy);
    ASSERT_TRUE(NothingLeft());
  }
}

TEST_F(SegmentSealTest, ADamagedLogIsNotSealed) {
  LogMaker log(fs_, "d/1.log", {});
  log.Topic(0, "t");
  log.EndFrame({1});
  log.Event(0, R"({"text":"abc"})");
  log.EndFrame({2});
  const std::string whole = *ReadWholeFile(fs_, "d/1.log");
  for (size_t at = 0; at < whole.size(); ++at) {
    if (whole[at] == 0) continue;  // padding, and what a bit would not tell apart from it
    const auto flipped = static_cast<char>(whole[at] ^ 0x20);
    ASSERT_TRUE(log.file().WriteAt(at, {&flipped, 1}).ok());
    const Result<SegmentInfo> info = test::Seal(fs_, "seg", {&log});
    ASSERT_EQ(CodeOf(info), Code::kDamaged) << at;
    ASSERT_NE(info.error().message().find("d/1.log at offset "), std::string::npos);
    ASSERT_TRUE(NothingLeft());
    ASSERT_TRUE(log.file().WriteAt(at, {&whole[at], 1}).ok());
  }
  EXPECT_TRUE(test::Seal(fs_, "seg", {&log}).ok());
}

TEST_F(SegmentSealTest, ALogThatIsNotWhatIsListedIsNotSealed) {
  LogMaker first(fs_, "d/1.log", {});
  first.Event(0, "{}");
  first.EndFrame({1});
  LogMaker second(fs_, "d/2.log", first.Next(2));
  second.Event(0, "{}");
  second.EndFrame({1});
  LogMaker stranger(fs_, "d/3.log", {.file_id = 2, .position = {1}, .link = 77});
  stranger.Event(0, "{}");
  stranger.EndFrame({1});

  const auto seal = [&](std::vector<SealInput> inputs, uint64_t begin, uint64_t end) {
    LogMemory memory;
    return CodeOf(SegmentSealer(fs_, "seg", {7, {begin}, {end}, 42}, memory, nullptr).Seal(inputs));
  };
  const SealInput a{&first.file(), 1, first.end_offset()};
  const SealInput b{&second.file(), 2, second.end_offset()};
  EXPECT_EQ(seal({a, b}, 0, 2), std::nullopt);
  ASSERT_TRUE(fs_.Remove("seg/7.seg").ok());
  EXPECT_EQ(seal({a}, 0, 2), Code::kDamaged);     // too short
  EXPECT_EQ(seal({a, b}, 0, 1), Code::kDamaged);  // too long
  EXPECT_EQ(seal({a}, 1, 2), Code::kDamaged);     // another place
  EXPECT_EQ(seal({b, a}, 0, 2), Code::kDamaged);  // out of order
  EXPECT_EQ(seal({a, {&stranger.file(), 2, stranger.end_offset()}}, 0, 2), Code::kDamaged);
  EXPECT_EQ(seal({{&first.file(), 2, first.end_offset()}}, 0, 1), Code::kDamaged);
  EXPECT_EQ(seal({{&first.file(), 1, first.end_offset() + kBlockBytes}}, 0, 1), Code::kDamaged);
  EXPECT_TRUE(NothingLeft());
}

TEST_F(SegmentSealTest, SequencesThatAreNotDenseAreNotSealed) {
  LogMaker log(fs_, "d/1.log", {});
  log.Event(0, "{}");
  const std::string first = log.records().front().bytes;
  log.Append(first);  // sequence 1 again
  log.EndFrame({1});
  EXPECT_EQ(CodeOf(test::Seal(fs_, "seg", {&log})), Code::kDamaged);
  EXPECT_TRUE(NothingLeft());
}

// What the log before left in the memory is nothing of the next one's.
TEST_F(SegmentSealTest, MemoryIsUsedAgain) {
  LogMemory memory;
  LogMaker large(fs_, "d/1.log", {});
  FillWithText(&large, 40);
  LogMaker small(fs_, "d/2.log", large.Next(2));
  small.Event(0, "{}");
  small.EndFrame({1});
  const auto seal = [&](const LogMaker& log, uint64_t id, Position begin) {
    const SegmentTarget target{id, begin, log.end(), 42};
    const SealInput input{&log.file(), id, log.end_offset()};
    return SegmentSealer(fs_, "seg", target, memory, nullptr).Seal({&input, 1});
  };
  ASSERT_TRUE(seal(large, 1, {0}).ok());
  const char* at = memory.Take(1).data();
  const Result<SegmentInfo> info = seal(small, 2, large.end());
  ASSERT_TRUE(info.ok()) << info.error().message();
  EXPECT_EQ(memory.Take(1).data(), at);
  BlockCache cache(1 << 20);
  EXPECT_TRUE(VerifySegment(**test::OpenSegment(fs_, "seg", *info, cache), 42).ok());
  EXPECT_EQ(info->events, 1u);
  EXPECT_EQ(memory.Take(large.end_offset() * 2).size(), large.end_offset() * 2);
}

}  // namespace
}  // namespace oncelog::store
