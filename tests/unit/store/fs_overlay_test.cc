// The overlay: everything can be changed, and nothing below is.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "store/fs/overlay_file_system.h"
#include "tests/support/code_of.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

class OverlayTest : public ::testing::Test {
 protected:
  OverlayTest() {
    EXPECT_TRUE(below_.CreateDirectories("d").ok());
    for (const char* path : {"d/a", "d/b"}) {
      EXPECT_TRUE(ReplaceFile(below_, path, "below").ok());
    }
  }
  std::string Content(FileSystem& fs, const std::string& path) {
    const Result<std::string> content = ReadWholeFile(fs, path);
    return content.ok() ? *content : "(none)";
  }
  void ExpectUntouched() {
    EXPECT_EQ(*below_.List("d"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(Content(below_, "d/a") + Content(below_, "d/b"), "belowbelow");
  }

  test::UnsyncedFileSystem below_;
  OverlayFileSystem fs_{below_};
};

TEST_F(OverlayTest, WritesStayInMemory) {
  const std::unique_ptr<File> file = fs_.Open("d/a", OpenMode::kReadWrite).Take();
  ASSERT_TRUE(file->WriteAt(2, "LOW!").ok());
  EXPECT_EQ(Content(fs_, "d/a"), "beLOW!");
  ASSERT_TRUE(file->Truncate(3).ok());
  EXPECT_EQ(Content(fs_, "d/a"), "beL");
  EXPECT_EQ((*file->Map())->bytes(), "beL");
  EXPECT_EQ(*file->Size(), 3U);
  ExpectUntouched();
}

TEST_F(OverlayTest, ReplacingRenamingAndRemoving) {
  ASSERT_TRUE(ReplaceFile(fs_, "d/a", "new").ok());
  ASSERT_TRUE(fs_.Rename("d/b", "d/c").ok());
  EXPECT_EQ(*fs_.List("d"), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(Content(fs_, "d/a"), "new");
  EXPECT_EQ(Content(fs_, "d/c"), "below");
  EXPECT_EQ(Content(fs_, "d/b"), "(none)");
  ASSERT_TRUE(fs_.Remove("d/c").ok());
  EXPECT_FALSE(*fs_.Exists("d/c"));
  EXPECT_EQ(test::CodeOf(fs_.Remove("d/c")), Code::kNotFound);
  EXPECT_EQ(test::CodeOf(fs_.Rename("d/c", "d/e")), Code::kNotFound);
  EXPECT_EQ(*fs_.List("d"), (std::vector<std::string>{"a"}));
  ExpectUntouched();
}

TEST_F(OverlayTest, NewFiles) {
  EXPECT_EQ(test::CodeOf(fs_.Open("d/a", OpenMode::kCreateNew)), Code::kIo);
  const std::unique_ptr<File> file = fs_.Open("d/n", OpenMode::kCreateNew).Take();
  ASSERT_TRUE(file->WriteAt(4, "x").ok());
  EXPECT_EQ(Content(fs_, "d/n"), std::string("\0\0\0\0x", 5));
  EXPECT_TRUE(*fs_.Exists("d/n"));
  EXPECT_EQ(test::CodeOf(fs_.Open("d/none", OpenMode::kReadWrite)), Code::kNotFound);
  ExpectUntouched();
}

TEST_F(OverlayTest, LinksStayInMemory) {
  ASSERT_TRUE(fs_.Link("d/a", "d/c").ok());
  EXPECT_EQ(test::CodeOf(fs_.Link("d/a", "d/b")), Code::kIo);
  EXPECT_EQ(test::CodeOf(fs_.Link("d/none", "d/x")), Code::kNotFound);
  ASSERT_TRUE(fs_.Remove("d/a").ok());
  EXPECT_EQ(Content(fs_, "d/c"), "below");
  ExpectUntouched();
}

}  // namespace
}  // namespace oncelog::store
