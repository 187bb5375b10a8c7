// The simulated file system: what was synced survives every power loss, what was not may or may not
// survive, and both are seen. The proofs about crashes are worth as much as these tests.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "store/fs/file_system.h"
#include "tests/support/code_of.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using store::File;
using store::FileLock;
using store::Mapping;
using store::OpenMode;
using store::ReadWholeFile;

constexpr uint64_t kSeeds = 300;

std::string ContentOf(UnsyncedFileSystem& fs, const std::string& path) {
  Result<std::string> content = ReadWholeFile(fs, path);
  return content.ok() ? *content : "(none)";
}

class UnsyncedFileSystemTest : public ::testing::Test {
 protected:
  std::unique_ptr<File> Create(const std::string& path) {
    return fs_.Open(path, OpenMode::kCreateNew).Take();
  }
  std::unique_ptr<File> CreateDurable(const std::string& path, std::string_view bytes) {
    std::unique_ptr<File> file = Create(path);
    EXPECT_TRUE(file->WriteAt(0, bytes).ok() && file->DataSync().ok());
    EXPECT_TRUE(fs_.SyncDirectory(".").ok());
    return file;
  }
  // What `path` holds after many power losses.
  std::map<std::string, int> Outcomes(const std::string& path, size_t sector_bytes = 512) {
    std::map<std::string, int> outcomes;
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      ++outcomes[ContentOf(*fs_.LosePower(seed, sector_bytes), path)];
    }
    return outcomes;
  }

  UnsyncedFileSystem fs_;
};

TEST_F(UnsyncedFileSystemTest, WhatIsSyncedSurvives) {
  CreateDurable("f", "synced");
  EXPECT_EQ(fs_.unsynced_changes(), 0u);
  EXPECT_EQ(Outcomes("f"), (std::map<std::string, int>{{"synced", kSeeds}}));
}

TEST_F(UnsyncedFileSystemTest, AnUnsyncedWriteMayBeLost) {
  const std::unique_ptr<File> file = CreateDurable("f", "old");
  ASSERT_TRUE(file->WriteAt(0, "new").ok());
  const std::map<std::string, int> outcomes = Outcomes("f");
  EXPECT_EQ(outcomes.size(), 2u);
  EXPECT_GT(outcomes.at("old"), 30);
  EXPECT_GT(outcomes.at("new"), 30);
  EXPECT_EQ(ContentOf(fs_, "f"), "new");  // a killed process loses nothing
}

TEST_F(UnsyncedFileSystemTest, ASectorIsWrittenWholeAndSectorsInAnyOrder) {
  const std::unique_ptr<File> file = CreateDurable("f", std::string(1024, 'a'));
  ASSERT_TRUE(file->WriteAt(0, std::string(1024, 'b')).ok());
  std::set<std::string> seen;
  for (const auto& [content, count] : Outcomes("f", 512)) {
    ASSERT_EQ(content.size(), 1024u);
    for (const size_t sector : {0u, 512u}) {
      EXPECT_EQ(content.substr(sector, 512), std::string(512, content[sector]));
    }
    seen.insert({content[0], content[512]});
  }
  EXPECT_EQ(seen, (std::set<std::string>{"aa", "ab", "ba", "bb"}));
  EXPECT_EQ(Outcomes("f", 4096).size(), 2u);
}

TEST_F(UnsyncedFileSystemTest, ASectorKeepsTheOrderOfItsWrites) {
  const std::unique_ptr<File> file = CreateDurable("f", "....");
  for (const auto& [at, byte] : {std::pair{0, "1"}, {1, "2"}, {2, "3"}}) {
    ASSERT_TRUE(file->WriteAt(static_cast<uint64_t>(at), byte).ok());
  }
  std::set<std::string> seen;
  for (const auto& [content, count] : Outcomes("f")) seen.insert(content);
  EXPECT_EQ(seen, (std::set<std::string>{"....", "1...", "12..", "123."}));
}

TEST_F(UnsyncedFileSystemTest, AnAppendMayBeTorn) {
  const std::unique_ptr<File> file = CreateDurable("f", "");
  ASSERT_TRUE(file->WriteAt(0, std::string(2048, 'x')).ok());
  std::set<size_t> sizes;
  bool hole = false;
  for (const auto& [content, count] : Outcomes("f")) {
    sizes.insert(content.size());
    hole |= content.find('\0') != std::string::npos;
  }
  EXPECT_TRUE(sizes.contains(0) && sizes.contains(2048) && sizes.size() > 2);
  EXPECT_TRUE(hole);  // the size got there, the bytes did not
}

TEST_F(UnsyncedFileSystemTest, ANameMayBeLostUntilItsDirectoryIsSynced) {
  const std::unique_ptr<File> file = Create("f");
  ASSERT_TRUE(file->WriteAt(0, "x").ok());
  ASSERT_TRUE(file->DataSync().ok());
  EXPECT_EQ(Outcomes("f").size(), 2u);  // there with its content, or not there
  ASSERT_TRUE(fs_.SyncDirectory(".").ok());
  EXPECT_EQ(Outcomes("f"), (std::map<std::string, int>{{"x", kSeeds}}));
  ASSERT_TRUE(fs_.Remove("f").ok());
  EXPECT_EQ(Outcomes("f").size(), 2u);
  ASSERT_TRUE(fs_.SyncDirectory(".").ok());
  EXPECT_EQ(Outcomes("f"), (std::map<std::string, int>{{"(none)", kSeeds}}));
}

TEST_F(UnsyncedFileSystemTest, ARenameIsAtomic) {
  CreateDurable("f", "old");
  CreateDurable("f.tmp", "new");
  ASSERT_TRUE(fs_.Rename("f.tmp", "f").ok());
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::unique_ptr<UnsyncedFileSystem> after = fs_.LosePower(seed);
    seen.insert(ContentOf(*after, "f") + "," + ContentOf(*after, "f.tmp"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"old,new", "new,(none)"}));
}

TEST_F(UnsyncedFileSystemTest, ARenameBeforeTheDataIsSyncedIsTheClassicMistake) {
  CreateDurable("f", "old");
  const std::unique_ptr<File> file = Create("f.tmp");
  ASSERT_TRUE(file->WriteAt(0, "new").ok());
  ASSERT_TRUE(fs_.Rename("f.tmp", "f").ok());
  ASSERT_TRUE(fs_.SyncDirectory(".").ok());
  EXPECT_TRUE(Outcomes("f").contains(""));
}

TEST_F(UnsyncedFileSystemTest, AFailedSyncIsNotMendedByTheNext) {
  const std::unique_ptr<File> file = CreateDurable("f", "old");
  ASSERT_TRUE(file->WriteAt(0, "new").ok());
  fs_.FailNextDataSync();
  EXPECT_EQ(CodeOf(file->DataSync()), Code::kIo);
  EXPECT_TRUE(file->DataSync().ok());
  EXPECT_EQ(ContentOf(fs_, "f"), "new");
  EXPECT_EQ(Outcomes("f"), (std::map<std::string, int>{{"old", kSeeds}}));
}

TEST_F(UnsyncedFileSystemTest, CutBytesComeBackAsZeros) {
  const std::unique_ptr<File> file = CreateDurable("f", "abcdef");
  ASSERT_TRUE(file->Truncate(2).ok());
  ASSERT_TRUE(file->Truncate(4).ok());
  ASSERT_TRUE(file->DataSync().ok());
  const std::string expected("ab\0\0", 4);
  EXPECT_EQ(ContentOf(fs_, "f"), expected);
  EXPECT_EQ(Outcomes("f"), (std::map<std::string, int>{{expected, kSeeds}}));
}

TEST_F(UnsyncedFileSystemTest, AMappingStaysWhereItIsAndSeesWrites) {
  const std::unique_ptr<File> file = CreateDurable("f", std::string(4096, 'a'));
  const std::unique_ptr<Mapping> mapping = file->Map().Take();
  const char* at = mapping->bytes().data();
  ASSERT_TRUE(file->WriteAt(1, "b").ok());
  ASSERT_TRUE(file->WriteAt(1 << 20, "far behind").ok());
  ASSERT_TRUE(fs_.Remove("f").ok());
  EXPECT_EQ(mapping->bytes().data(), at);
  EXPECT_EQ(mapping->bytes().substr(0, 3), "aba");
  EXPECT_EQ(mapping->bytes().size(), 4096u);
}

TEST_F(UnsyncedFileSystemTest, ItFillsUp) {
  const std::unique_ptr<File> file = CreateDurable("f", "1234");
  fs_.set_capacity_bytes(6);
  EXPECT_EQ(*fs_.FreeBytes("."), 2u);
  EXPECT_EQ(CodeOf(file->WriteAt(4, "567")), Code::kDiskFull);
  EXPECT_EQ(CodeOf(file->Truncate(7)), Code::kDiskFull);
  EXPECT_TRUE(file->WriteAt(2, "3456").ok());
  EXPECT_EQ(fs_.used_bytes(), 6u);
  EXPECT_EQ(*fs_.FreeBytes("."), 0u);
}

TEST_F(UnsyncedFileSystemTest, DirectoriesNamesAndLocks) {
  EXPECT_EQ(CodeOf(fs_.Open("d/f", OpenMode::kCreateNew)), Code::kNotFound);
  ASSERT_TRUE(fs_.CreateDirectories("d/e/").ok());
  Create("d/f");
  EXPECT_EQ(CodeOf(fs_.Open("d/f", OpenMode::kCreateNew)), Code::kIo);
  EXPECT_FALSE(fs_.CreateDirectories("d/f").ok());
  EXPECT_EQ(*fs_.List("d"), (std::vector<std::string>{"e", "f"}));
  EXPECT_EQ(*fs_.List("."), (std::vector<std::string>{"d"}));
  EXPECT_EQ(CodeOf(fs_.List("none")), Code::kNotFound);
  EXPECT_TRUE(*fs_.Exists("d/e") && *fs_.Exists("d/f") && !*fs_.Exists("d/g"));
  EXPECT_EQ(CodeOf((*fs_.Open("d/f", OpenMode::kRead))->WriteAt(0, "x")), Code::kIo);
  {
    const std::unique_ptr<FileLock> lock = fs_.Lock("d/LOCK").Take();
    EXPECT_EQ(CodeOf(fs_.Lock("d/LOCK")), Code::kLocked);
    EXPECT_TRUE(fs_.LosePower(0)->Lock("d/LOCK").ok());
  }
  EXPECT_TRUE(fs_.Lock("d/LOCK").ok());
}

TEST_F(UnsyncedFileSystemTest, OneSeedIsOneOutcome) {
  const std::unique_ptr<File> file = CreateDurable("f", "");
  ASSERT_TRUE(file->WriteAt(0, std::string(100'000, 'x')).ok());
  for (uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(ContentOf(*fs_.LosePower(seed), "f"), ContentOf(*fs_.LosePower(seed), "f"));
  }
}

TEST(UnsyncedFileSystemLinks, ALinkIsDurableWithItsDirectory) {
  UnsyncedFileSystem fs;
  ASSERT_TRUE(fs.CreateDirectories("d").ok());
  ASSERT_TRUE(fs.CreateDirectories("e").ok());
  ASSERT_TRUE(store::ReplaceFile(fs, "d/a", "abc").ok());
  const uint64_t used = fs.used_bytes();
  ASSERT_TRUE(fs.Link("d/a", "e/b").ok());
  EXPECT_EQ(fs.used_bytes(), used) << "it takes no space";
  EXPECT_EQ(CodeOf(fs.Link("d/a", "e/b")), Code::kIo);
  EXPECT_EQ(CodeOf(fs.Link("d/x", "e/c")), Code::kNotFound);
  int there = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) there += *fs.LosePower(seed)->Exists("e/b") ? 1 : 0;
  EXPECT_TRUE(there > 0 && there < 40) << there;
  ASSERT_TRUE(fs.SyncDirectory("e").ok());
  ASSERT_TRUE(fs.Remove("d/a").ok());
  for (uint64_t seed = 0; seed < 10; ++seed) {
    EXPECT_EQ(*store::ReadWholeFile(*fs.LosePower(seed), "e/b"), "abc");
  }
}

}  // namespace
}  // namespace oncelog::test
