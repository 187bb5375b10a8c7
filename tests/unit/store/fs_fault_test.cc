// The fault-injecting wrapper itself: it must fail just what was planned, or tests that lean on it
// prove nothing.

#include <gtest/gtest.h>

#include <set>

#include "store/fs/file_system.h"
#include "tests/support/code_of.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using store::File;
using store::OpenMode;
using store::ReadWholeFile;

class FaultFileSystemTest : public ::testing::Test {
 protected:
  std::unique_ptr<File> Create(const std::string& path) {
    return fs_.Open(path, OpenMode::kCreateNew).Take();
  }

  UnsyncedFileSystem below_;
  FaultFileSystem fs_{below_};
};

TEST_F(FaultFileSystemTest, TheNthCallFailsAndNoOther) {
  const std::unique_ptr<File> file = Create("f");
  fs_.Plan({.call = FsCall::kWrite, .nth = 2, .code = Code::kDiskFull});
  EXPECT_TRUE(file->WriteAt(0, "1").ok());
  EXPECT_EQ(CodeOf(file->WriteAt(1, "2")), Code::kDiskFull);
  EXPECT_TRUE(file->WriteAt(1, "3").ok());
  EXPECT_EQ(*ReadWholeFile(below_, "f"), "13");
  EXPECT_EQ(fs_.calls(FsCall::kWrite), 3u);
  EXPECT_EQ(fs_.calls(FsCall::kChange), 4u);  // the creation too
  EXPECT_EQ(fs_.faults(), 1u);
}

TEST_F(FaultFileSystemTest, ForEverLastsUntilHealed) {
  const std::unique_ptr<File> file = Create("f");
  fs_.Plan({.call = FsCall::kDataSync, .for_ever = true});
  EXPECT_FALSE(file->DataSync().ok());
  EXPECT_FALSE(file->DataSync().ok());
  EXPECT_TRUE(file->WriteAt(0, "other calls go on").ok());
  fs_.Heal();
  EXPECT_TRUE(file->DataSync().ok());
}

TEST_F(FaultFileSystemTest, OnlyPathsThatMatch) {
  const std::unique_ptr<File> log = Create("1.log");
  const std::unique_ptr<File> run = Create("1.run");
  fs_.Plan({.call = FsCall::kWrite, .nth = 2, .path_part = ".log"});
  EXPECT_TRUE(run->WriteAt(0, "x").ok());
  EXPECT_TRUE(log->WriteAt(0, "x").ok());
  EXPECT_TRUE(run->WriteAt(0, "x").ok());
  EXPECT_FALSE(log->WriteAt(0, "x").ok());
  fs_.Plan({.call = FsCall::kRename, .path_part = "2.log"});
  EXPECT_FALSE(fs_.Rename("1.run", "2.log").ok());
}

TEST_F(FaultFileSystemTest, AShortWriteLeavesHalf) {
  const std::unique_ptr<File> file = Create("f");
  fs_.Plan({.call = FsCall::kShortWrite});
  EXPECT_FALSE(file->WriteAt(0, "1234").ok());
  EXPECT_EQ(*ReadWholeFile(below_, "f"), "12");
}

TEST_F(FaultFileSystemTest, EachKindOfCallCanFail) {
  const std::unique_ptr<File> file = Create("f");
  char byte;
  const auto fails = [&](FsCall call, const auto& doing) {
    fs_.Heal();
    EXPECT_TRUE(doing()) << static_cast<int>(call);
    fs_.Plan({.call = call, .for_ever = true});
    EXPECT_FALSE(doing()) << static_cast<int>(call);
  };
  fails(FsCall::kOpen, [&] { return fs_.Open("f", OpenMode::kRead).ok(); });
  fails(FsCall::kRead, [&] { return file->ReadAt(0, &byte, 1).ok(); });
  fails(FsCall::kWrite, [&] { return file->WriteAt(0, "x").ok(); });
  fails(FsCall::kDataSync, [&] { return file->DataSync().ok(); });
  fails(FsCall::kTruncate, [&] { return file->Truncate(1).ok(); });
  fails(FsCall::kMap, [&] { return file->Map().ok(); });
  fails(FsCall::kDirectorySync, [&] { return fs_.SyncDirectory(".").ok(); });
  fails(FsCall::kFreeBytes, [&] { return fs_.FreeBytes(".").ok(); });
  int links = 0;
  fails(FsCall::kLink, [&] { return fs_.Link("f", "l" + std::to_string(++links)).ok(); });
  fails(FsCall::kRename,
        [&] { return (*below_.Exists("f") ? fs_.Rename("f", "g") : fs_.Rename("g", "f")).ok(); });
  fails(FsCall::kRemove, [&] { return fs_.Remove(*below_.Exists("f") ? "f" : "g").ok(); });
  fails(FsCall::kCreateDirectories, [&] { return fs_.CreateDirectories("d").ok(); });
  fails(FsCall::kExists, [&] { return fs_.Exists("f").ok(); });
  fails(FsCall::kList, [&] { return fs_.List(".").ok(); });
  fails(FsCall::kSize, [&] { return file->Size().ok(); });
  fails(FsCall::kLock, [&] { return fs_.Lock("LOCK").ok(); });
  fails(FsCall::kChange, [&] { return file->DataSync().ok(); });
  fails(FsCall::kChange, [&] { return fs_.CreateDirectories("d").ok(); });
}

TEST_F(FaultFileSystemTest, TheKindsAreAllThereAre) {
  std::set<FsCall> calls;
  for (const FaultKind& kind : FaultKinds()) calls.insert(kind.call);
  EXPECT_EQ(calls.size(), kFsCalls - 1) << "but for kChange, which is any of several";
}

}  // namespace
}  // namespace oncelog::test
