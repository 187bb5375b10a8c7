// Recovery from states that the engine seldom leaves: log files written here frame by frame.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "store/state/checkpoint.h"
#include "tests/support/code_of.h"
#include "tests/support/fault_file_system.h"
#include "tests/unit/store/recovery_fixture.h"

namespace oncelog::store {
namespace {

// The last frame stands behind a mark with which its file begins. It is written again into a fresh
// file; the old one must be closed before it, not only cut: a power loss may undo the cut.
TEST_F(RecoveryTest, TheLastFrameBehindAMarkIsHeldByOneFileOnly) {
  Append("first");
  Roll();
  Append("");
  Append("acked before the kill");
  Save();
  {
    Result<std::unique_ptr<Partition>> partition = Open(fs_);
    ASSERT_TRUE(partition.ok()) << partition.error().message();
    EXPECT_EQ((*partition)->totals().topics, 2U);
    Publish(**partition, 2, "acked after it");
    ASSERT_TRUE((*partition)->Close(/*clean=*/false).ok());
  }
  for (uint64_t power = 0; power < 20; ++power) {
    const std::unique_ptr<test::UnsyncedFileSystem> after = fs_.LosePower(power);
    for (int start = 0; start < 2; ++start) {
      Result<std::unique_ptr<Partition>> partition = Open(*after);
      ASSERT_TRUE(partition.ok()) << partition.error().message();
      EXPECT_EQ((*partition)->totals().topics, 3U) << "power loss " << power;
      ASSERT_TRUE((*partition)->Close(/*clean=*/false).ok());
    }
  }
}

TEST_F(RecoveryTest, ACoverBehindTheMarkWithWhichItsFileBegins) {
  Append("first");
  LogFileInfo& closed = manifest_.logs.back();
  closed.closed = true;
  closed.end_position = end_;
  closed.end_offset = offset_;
  Roll();
  Append("");
  manifest_.cover = manifest_.known_durable = {end_, file_id_, offset_, link_};
  topics_ = 0;  // there is no checkpoint
  Append("behind the cover");
  Append("");
  Save();
  for (int start = 0; start < 2; ++start) {
    Result<std::unique_ptr<Partition>> partition = Open(fs_);
    ASSERT_TRUE(partition.ok()) << partition.error().message();
    ASSERT_TRUE((*partition)->Close(/*clean=*/false).ok());
  }
}

// The kill came before the sync, the next start wrote the frame again, and then the power went: of
// the original not all had come to the disk.
TEST_F(RecoveryTest, ATornOriginalBesideItsRewriteIsNoDamage) {
  Append("first");
  const uint64_t original = offset_;
  const Position end = end_;
  const uint64_t link = link_;
  Append("last");
  ASSERT_TRUE(file_->WriteAt(original + kFrameHeaderBytes, "torn").ok());
  Roll();
  end_ = end;
  link_ = link;
  --topics_;
  Append("last");
  Save();
  Result<std::unique_ptr<Partition>> partition = Open(fs_);
  ASSERT_TRUE(partition.ok()) << partition.error().message();
  EXPECT_EQ((*partition)->totals().topics, 2U);
}

// A start that frees space behind the log and then fails must not leave what looks like a cut log.
TEST_F(RecoveryTest, ATornEndOnAFullDiskCanBeStartedFromLater) {
  for (int i = 0; i < 4; ++i) Append("topic " + std::to_string(i));
  const uint64_t torn = offset_;
  AppendLarge();
  ASSERT_TRUE(file_->WriteAt(torn + kBlockBytes, std::string(kBlockBytes, '\0')).ok());
  Save();
  for (const uint64_t bytes_left : {0, 10'000}) {  // not even for what was torn; for that, no more
    fs_.set_capacity_bytes(fs_.used_bytes() + bytes_left);
    Result<std::unique_ptr<Partition>> full = Open(fs_);
    ASSERT_FALSE(full.ok());
    EXPECT_EQ(full.error().code(), Code::kDiskFull);
    EXPECT_NE(full.error().message().find("free some space"), std::string::npos)
        << full.error().message();
  }
  fs_.set_capacity_bytes(uint64_t{64} << 20);
  Result<std::unique_ptr<Partition>> partition = Open(fs_);
  ASSERT_TRUE(partition.ok()) << partition.error().message();
  EXPECT_EQ((*partition)->totals().topics, 4U);
}

// The first start after a kill wrote the last frame, which was in the page cache only, again and
// was killed too: now two files hold it. The second start dies at each of its calls in turn, and
// then the power goes: the copy must not be dropped before a listed file has the frame.
class SecondStart : public RecoveryTest, public ::testing::WithParamInterface<int> {};

TEST_P(SecondStart, KeepsTheCopyOfTheLastFrameUntilAnotherFileHasIt) {
  Append("first");
  Save();
  const Position end = end_;
  const uint64_t link = link_;
  Append("last");
  file_.reset();  // never synced
  Roll();
  end_ = end;
  link_ = link;
  --topics_;
  Append("last");
  Save();
  test::FaultFileSystem faults(fs_);
  faults.Plan(
      {.call = test::FsCall::kChange, .nth = static_cast<uint64_t>(GetParam()), .for_ever = true});
  (void)Open(faults);
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const std::unique_ptr<test::UnsyncedFileSystem> after = fs_.LosePower(seed);
    Result<std::unique_ptr<Partition>> partition = Open(*after);
    ASSERT_TRUE(partition.ok()) << partition.error().message() << ", seed " << seed;
    ASSERT_EQ((*partition)->totals().topics, 2U) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Calls, SecondStart, ::testing::Range(1, 25));

TEST_F(RecoveryTest, AFileThatWasCutIsDamageThoughItEndsBehindAFrame) {
  Append("first");
  const uint64_t cut = offset_;
  Append("second");
  Append("");
  Save();
  for (const uint64_t size : {cut, cut + kFrameHeaderBytes, uint64_t{0}}) {
    const std::unique_ptr<test::UnsyncedFileSystem> copy = fs_.LosePower(0);
    ASSERT_TRUE((*copy->Open("p/log/1.log", OpenMode::kReadWrite))->Truncate(size).ok());
    EXPECT_EQ(test::CodeOf(Open(*copy)), Code::kDamaged) << size;
  }
}

// At a million topics it is as large as a log file.
TEST_F(RecoveryTest, AHalfWrittenCheckpointGoes) {
  Append("first");
  Save();
  ASSERT_TRUE(fs_.CreateDirectories("p/state").ok());
  for (const char* name : {"p/state/9.ckpt.tmp", "p/state/notes.txt"}) {
    ASSERT_TRUE(fs_.Open(name, OpenMode::kCreateNew).ok());
  }
  ASSERT_TRUE(Open(fs_).ok());
  EXPECT_EQ(*fs_.List("p/state"), std::vector<std::string>{"notes.txt"});
}

// What bounds the conflicts that are kept goes on over a restart.
TEST_F(RecoveryTest, KeptConflictsAreCountedFromTheCheckpointOn) {
  Append("first");
  const std::string name = "first";
  const TopicState topic{.name = &name, .events = 1, .conflicts_kept = 7};
  manifest_.checkpoint_id = manifest_.next_file_id++;
  manifest_.cover = {end_, file_id_, offset_, link_};
  const CheckpointInput input{end_, TopicStates::Of({topic}), 1000, {}};
  ASSERT_TRUE(fs_.CreateDirectories("p/state").ok());
  ASSERT_TRUE(
      WriteCheckpoint(fs_, CheckpointPath("p", manifest_.checkpoint_id), input, seed()).ok());
  FrameBuilder frame;
  const auto original = event::IndexEntry::Make({}, Sequence{1}, {});
  event::AppendConflictRecord(frame.payload(), {0}, original, "source", R"({"a":1})", seed());
  frame.CountRecord();
  Append(&frame, /*mark=*/false);
  Save();
  const Result<std::unique_ptr<Partition>> partition = Open(fs_);
  ASSERT_TRUE(partition.ok()) << partition.error().message();
  EXPECT_EQ((*partition)->topics().conflicts_kept({0}), 8U);
  EXPECT_EQ((*partition)->topics().conflict_bytes_kept(), 1007U);
}

// A checkpoint whose checksums are right and which is wrong all the same.
TEST_F(RecoveryTest, ACheckpointThatHoldsATopicTwiceIsRefused) {
  Append("first");
  const std::string name = "first";
  const TopicState topic{.name = &name};
  manifest_.checkpoint_id = manifest_.next_file_id++;
  manifest_.cover = {end_, file_id_, offset_, link_};
  const CheckpointInput twice{end_, TopicStates::Of({topic, topic}), 0, {}};
  const std::string path = CheckpointPath("p", manifest_.checkpoint_id);
  ASSERT_TRUE(fs_.CreateDirectories("p/state").ok());
  ASSERT_TRUE(WriteCheckpoint(fs_, path, twice, seed()).ok());
  Save();
  const Result<std::unique_ptr<Partition>> partition = Open(fs_);
  ASSERT_FALSE(partition.ok());
  EXPECT_EQ(partition.error().code(), Code::kDamaged);
  EXPECT_NE(partition.error().message().find(path), std::string::npos);
}

}  // namespace
}  // namespace oncelog::store
