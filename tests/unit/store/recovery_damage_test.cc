// What recovery refuses though every checksum is right: files that do not belong together, and
// frames that hold what cannot be. It names the file.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "store/state/checkpoint.h"
#include "tests/support/code_of.h"
#include "tests/unit/store/recovery_fixture.h"

namespace oncelog::store {
namespace {

class RecoveryDamage : public RecoveryTest {
 protected:
  // A frame of one event record, as the topic's number `sequence`.
  void AppendEvent(TopicId topic, Sequence sequence) {
    FrameBuilder frame;
    std::string record;
    event::AppendEventRecord(&record, {sequence.value, 7}, {1}, {}, "", "{}");
    event::SealEventRecord(record.data(), record.size(), topic, sequence, seed());
    frame.payload()->append(record);
    frame.CountRecord();
    RecoveryTest::Append(&frame, /*mark=*/false);
  }
  void AppendRecord(const std::string& record) {
    FrameBuilder frame;
    frame.payload()->append(record);
    frame.CountRecord();
    RecoveryTest::Append(&frame, /*mark=*/false);
  }
  void ExpectDamage(const std::string& file, const std::string& what) {
    Save();
    const Result<std::unique_ptr<Partition>> partition = Open(fs_);
    ASSERT_FALSE(partition.ok()) << what;
    EXPECT_EQ(partition.error().code(), Code::kDamaged) << partition.error().message();
    EXPECT_NE(partition.error().message().find(file), std::string::npos)
        << partition.error().message();
    EXPECT_NE(partition.error().message().find(what), std::string::npos)
        << partition.error().message();
  }
};

TEST_F(RecoveryDamage, ALogThatEndsBeforeALaterFileGoesOn) {
  Append("first");
  Roll();
  end_ = {end_.value + 3};
  Append("later");
  ExpectDamage("1.log", "ends too early: a later log file goes on at position 4");
}

TEST_F(RecoveryDamage, ABadFrameWithALaterFileThatDoesNotLinkToTheLastGoodOne) {
  Append("first");
  const uint64_t second = offset_;
  Append("second");
  ASSERT_TRUE(file_->WriteAt(second + kFrameHeaderBytes, "torn").ok());
  end_ = {1};  // as if it had only been cut, but its link tells
  Roll();
  Append("third");
  ExpectDamage("1.log", "is damaged here; a later log file goes on");
}

// Links do not show it: what the cover counts is not read again.
TEST_F(RecoveryDamage, AFileBeforeTheCoverThatMANIFESTDoesNotListAnyMore) {
  Append("first");
  Close();
  Roll();
  Append("second");
  CoverAllSoFar();
  manifest_.logs.erase(manifest_.logs.begin());
  ExpectDamage("2.log", "begins at position 1, but what comes before it ends at 0");
}

TEST_F(RecoveryDamage, AFrameAcrossTheCover) {
  FrameBuilder frame;
  AddTopic("first", &frame);
  AddTopic("second", &frame);
  RecoveryTest::Append(&frame, /*mark=*/false);
  manifest_.cover = {Position{1}, file_id_, offset_, link_};
  ExpectDamage("1.log", "holds a frame across the position that MANIFEST covers");
}

TEST_F(RecoveryDamage, AnotherLogThanTheOneTheIndexWasMadeFrom) {
  Append("first");
  CoverAllSoFar();
  Append("second");
  manifest_.cover.link ^= 1;
  ExpectDamage("1.log", "is not the log that the index was made from");
}

TEST_F(RecoveryDamage, ACheckpointOfAnotherPosition) {
  Append("first");
  CoverAllSoFar();
  manifest_.checkpoint_id = manifest_.next_file_id++;
  const std::string path = CheckpointPath("p", manifest_.checkpoint_id);
  ASSERT_TRUE(fs_.CreateDirectories("p/state").ok());
  ASSERT_TRUE(WriteCheckpoint(fs_, path, {Position{7}, {}, 0, {}}, seed()).ok());
  ExpectDamage(path, "belongs to another position than MANIFEST says");
}

class RecordThatCannotBe : public RecoveryDamage, public ::testing::WithParamInterface<int> {
 protected:
  struct Case {
    std::string record;
    std::string what;
  };
  [[nodiscard]] Case Chosen() const {
    Case chosen;
    switch (GetParam()) {
      case 0:
        event::AppendTopicRecord(&chosen.record, {2}, "later", seed());
        chosen.what = "topic later is numbered out of order";
        break;
      case 1:
        event::AppendTopicRecord(&chosen.record, {1}, "first", seed());
        chosen.what = "topic first appears twice";
        break;
      case 2:
        event::AppendTopicRecord(&chosen.record, {1}, std::string(256, 'n'), seed());
        chosen.what = "topic number 1 has a name of 256 bytes";
        break;
      case 3:
        event::AppendSettingsRecord(&chosen.record, {1}, {}, seed());
        chosen.what = "a record names topic number 1, which is unknown";
        break;
      default:
        event::AppendRetainRecord(&chosen.record, {0}, {2}, 0, seed());
        chosen.what = "topic first: a retain record names sequence 2";
    }
    return chosen;
  }
};

TEST_P(RecordThatCannotBe, IsRefusedWithItsPlace) {
  const Case chosen = Chosen();
  Append("first");
  AppendRecord(chosen.record);
  Append("");
  ExpectDamage("1.log", chosen.what);
}

INSTANTIATE_TEST_SUITE_P(Kinds, RecordThatCannotBe, ::testing::Range(0, 5));

TEST_F(RecoveryDamage, AnEventBehindAGapInItsTopic) {
  Append("first");
  AppendEvent({0}, {1});
  AppendEvent({0}, {3});
  Append("");
  ExpectDamage("1.log", "topic first goes on at sequence 3 after 1");
}

}  // namespace
}  // namespace oncelog::store
