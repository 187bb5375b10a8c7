// ReplaceFile: old bytes or new ones, whatever fails and whenever the power goes.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "store/fs/file_helpers.h"
#include "store/fs/file_system.h"
#include "tests/support/code_of.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

using test::CodeOf;
using test::FaultFileSystem;
using test::FsCall;
using test::UnsyncedFileSystem;

const std::string kOld(3000, 'o');
const std::string kNew(5000, 'n');

class ReplaceFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(below_.CreateDirectories("d").ok());
    ASSERT_TRUE(ReplaceFile(below_, "d/f", kOld).ok());
  }

  UnsyncedFileSystem below_;
  FaultFileSystem fs_{below_};
};

TEST_F(ReplaceFileTest, ReplacesAndSurvives) {
  ASSERT_TRUE(ReplaceFile(fs_, "d/f", kNew).ok());
  EXPECT_EQ(below_.unsynced_changes(), 0u);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(*ReadWholeFile(*below_.LosePower(seed), "d/f"), kNew);
  }
  EXPECT_EQ(*below_.List("d"), std::vector<std::string>{"f"});
}

TEST_F(ReplaceFileTest, ATemporaryFromACrashIsNoHindrance) {
  ASSERT_TRUE(below_.Open(TemporaryOf("d/f"), OpenMode::kCreateNew).ok());
  ASSERT_TRUE(ReplaceFile(fs_, "d/f", kNew).ok());
  EXPECT_EQ(*ReadWholeFile(below_, "d/f"), kNew);
}

// Each call fails once: the code comes through, no temporary stays, the next attempt succeeds.
TEST_F(ReplaceFileTest, AnyCallMayFail) {
  int changes = 0;  // by a call that then failed
  for (const FsCall call : {FsCall::kChange, FsCall::kShortWrite}) {
    for (uint64_t nth = 1;; ++nth) {
      ASSERT_TRUE(ReplaceFile(below_, "d/f", kOld).ok());
      const uint64_t faults = fs_.faults();
      fs_.Plan({.call = call, .nth = nth, .code = Code::kDiskFull});
      const Status s = ReplaceFile(fs_, "d/f", kNew);
      fs_.Heal();
      if (fs_.faults() == faults) {
        EXPECT_TRUE(s.ok());
        EXPECT_GT(nth, 1u);
        break;
      }
      ASSERT_FALSE(s.ok());
      // A full disk says that nothing was changed.
      const bool changed = *ReadWholeFile(below_, "d/f") == kNew;
      EXPECT_EQ(CodeOf(s), changed ? Code::kIo : Code::kDiskFull);
      changes += changed ? 1 : 0;
      EXPECT_EQ(*ReadWholeFile(below_, "d/f"), changed ? kNew : kOld);
      EXPECT_EQ(*below_.List("d"), std::vector<std::string>{"f"});
      ASSERT_TRUE(ReplaceFile(fs_, "d/f", kNew).ok());
    }
  }
  EXPECT_EQ(changes, 1);  // the sync of the directory
}

// The process dies at any call, and then the power goes.
TEST_F(ReplaceFileTest, OldOrNewAfterAnyCrash) {
  std::set<char> seen;
  for (uint64_t nth = 1; nth <= 8; ++nth) {
    ASSERT_TRUE(ReplaceFile(below_, "d/f", kOld).ok());
    fs_.Plan({.call = FsCall::kChange, .nth = nth, .for_ever = true});
    const bool done = ReplaceFile(fs_, "d/f", kNew).ok();
    fs_.Heal();
    for (uint64_t seed = 0; seed < 50; ++seed) {
      const std::unique_ptr<UnsyncedFileSystem> after = below_.LosePower(seed);
      const std::string left = *ReadWholeFile(*after, "d/f");
      ASSERT_TRUE(left == kNew || (left == kOld && !done)) << "call " << nth << " seed " << seed;
      seen.insert(left[0]);
      ASSERT_TRUE(ReplaceFile(*after, "d/f", kNew).ok());
    }
  }
  EXPECT_EQ(seen, (std::set<char>{'n', 'o'}));
}

}  // namespace
}  // namespace oncelog::store
