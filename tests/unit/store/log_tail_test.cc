// Where the log ends that a backup takes: all of it is found, and where it breaks off with
// something behind, no backup is taken, and the file is named.
#include "store/backup/log_tail.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/store/recovery_fixture.h"

namespace oncelog::store {
namespace {

class LogTailTest : public RecoveryTest {
 protected:
  Result<LogTail> Read() {
    Save();
    std::vector<std::unique_ptr<File>> opened;
    LogFilesById files;
    for (const LogFileInfo& log : manifest_.logs) {
      opened.push_back(fs_.Open(LogPath("p", log.id), OpenMode::kRead).Take());
      files[log.id] = opened.back().get();
    }
    return ReadLogTail(manifest_, files, seed(), "p");
  }
  void ExpectDamage(const std::string& file, const std::string& what) {
    const Result<LogTail> tail = Read();
    ASSERT_FALSE(tail.ok()) << what;
    EXPECT_EQ(tail.error().code(), Code::kDamaged) << tail.error().message();
    EXPECT_NE(tail.error().message().find(file), std::string::npos) << tail.error().message();
    EXPECT_NE(tail.error().message().find(what), std::string::npos) << tail.error().message();
  }
  void Tear(uint64_t frame) { ASSERT_TRUE(file_->WriteAt(frame + kFrameHeaderBytes, "torn").ok()); }
};

TEST_F(LogTailTest, IsFollowedFromFileToFile) {
  Append("first");
  Close();
  const uint64_t first_file = offset_;
  Roll();
  Append("second");
  const uint64_t second_file = offset_;
  Roll();
  Append("third");
  Append("");
  const Position end = end_;
  const uint64_t third_file = offset_;
  Append("torn: no part of it");
  Tear(third_file);
  const Result<LogTail> tail = Read();
  ASSERT_TRUE(tail.ok()) << tail.error().message();
  EXPECT_EQ(tail->end.position, end);
  ASSERT_EQ(tail->logs.size(), 3U);
  const std::vector<uint64_t> ends = {first_file, second_file, third_file};
  for (size_t i = 0; i < ends.size(); ++i) {
    EXPECT_TRUE(tail->logs[i].closed);
    EXPECT_EQ(tail->logs[i].first_position, Position{i});
    EXPECT_EQ(tail->logs[i].end_offset, ends[i]) << i;
  }
}

TEST_F(LogTailTest, ACopyOfAFrameThatWasReadIsLeftOut) {
  Append("first");
  const Position end = end_;
  const uint64_t link = link_;
  Append("last");
  Append("");
  Roll();
  end_ = end;
  link_ = link;
  --topics_;
  Append("last");
  const Result<LogTail> tail = Read();
  ASSERT_TRUE(tail.ok()) << tail.error().message();
  EXPECT_EQ(tail->end.position, Position{2});
  ASSERT_EQ(tail->logs.size(), 1U);
  EXPECT_EQ(tail->logs[0].id, 1U);
}

TEST_F(LogTailTest, ThatEndsBeforeALaterFileGoesOnIsDamage) {
  Append("first");
  Roll();
  end_ = {end_.value + 3};
  Append("later");
  ExpectDamage("1.log", "the log ends here, but p/log/2.log goes on at position 4");
}

TEST_F(LogTailTest, ThatGoesOnInAFileWithABadBeginningIsDamage) {
  Append("first");
  Roll();
  Append("second");
  Append("third");
  Tear(0);
  ExpectDamage("2.log", "does not begin with a frame of this file, but frames follow");
}

TEST_F(LogTailTest, ABadFrameOfAClosedFileIsDamage) {
  Append("first");
  const uint64_t second = offset_;
  Append("second");
  Tear(second);
  Close();
  Roll();
  Append("third");
  ExpectDamage("1.log, offset " + std::to_string(second), "in the middle of the log");
}

TEST_F(LogTailTest, AFrameOfAnotherCopyIsDamage) {
  Append("first");
  link_ ^= 1;
  Append("second");
  ExpectDamage("1.log", "holds a frame that does not follow the one before");
}

TEST_F(LogTailTest, ThatEndsBeforeWhatIsKnownToBeDurableIsDamage) {
  Append("first");
  const uint64_t second = offset_;
  Append("second");
  manifest_.known_durable = {end_, file_id_, offset_, link_};
  Tear(second);
  ExpectDamage("1.log", "the log ends here, at position 1, but is known to go on up to 2");
}

}  // namespace
}  // namespace oncelog::store
