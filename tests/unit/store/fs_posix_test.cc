// The real file system: codes, exclusiveness, locks, listings.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "store/fs/file_helpers.h"
#include "store/fs/file_system.h"
#include "tests/support/code_of.h"
#include "tests/support/temp_directory.h"

namespace oncelog::store {
namespace {

using test::CodeOf;

class PosixFileSystemTest : public ::testing::Test {
 protected:
  std::unique_ptr<File> Create(const std::string& name) {
    Result<std::unique_ptr<File>> file = fs_.Open(Path(name), OpenMode::kCreateNew);
    EXPECT_TRUE(file.ok()) << file.error().message();
    return file.Take();
  }
  [[nodiscard]] std::string Path(const std::string& name) const {
    return directory_.path() + "/" + name;
  }

  test::TempDirectory directory_;
  FileSystem& fs_ = PosixFileSystem();
};

TEST_F(PosixFileSystemTest, WritesAndReadsAtOffsets) {
  const std::unique_ptr<File> file = Create("f");
  ASSERT_TRUE(file->WriteAt(3, "defg").ok());
  ASSERT_TRUE(file->WriteAt(0, "abc").ok());
  ASSERT_TRUE(file->DataSync().ok());
  char to[16];
  EXPECT_EQ(*file->ReadAt(2, to, 3), 3u);
  EXPECT_EQ(std::string(to, 3), "cde");
  EXPECT_EQ(*file->ReadAt(5, to, sizeof to), 2u);  // fewer at the end only
  EXPECT_EQ(*file->ReadAt(7, to, sizeof to), 0u);
  EXPECT_EQ(*file->Size(), 7u);
  ASSERT_TRUE(file->Truncate(4).ok());
  EXPECT_EQ(*ReadWholeFile(fs_, Path("f")), "abcd");
  EXPECT_EQ(file->path(), Path("f"));
}

TEST_F(PosixFileSystemTest, OpenModesKeepTheirWord) {
  EXPECT_EQ(CodeOf(fs_.Open(Path("f"), OpenMode::kRead)), Code::kNotFound);
  EXPECT_EQ(CodeOf(fs_.Open(Path("f"), OpenMode::kReadWrite)), Code::kNotFound);
  ASSERT_TRUE(Create("f")->WriteAt(0, "old").ok());
  EXPECT_EQ(CodeOf(fs_.Open(Path("f"), OpenMode::kCreateNew)), Code::kIo);
  EXPECT_EQ(CodeOf((*fs_.Open(Path("f"), OpenMode::kRead))->WriteAt(0, "new")), Code::kIo);
  EXPECT_EQ(*ReadWholeFile(fs_, Path("f")), "old");
  ASSERT_TRUE((*fs_.Open(Path("f"), OpenMode::kReadWrite))->WriteAt(0, "new").ok());
  EXPECT_EQ(*ReadWholeFile(fs_, Path("f")), "new");
}

TEST_F(PosixFileSystemTest, ErrorsNameThePathAndTheReason) {
  const std::string message = fs_.Open(Path("none"), OpenMode::kRead).error().message();
  EXPECT_NE(message.find(Path("none")), std::string::npos) << message;
  EXPECT_NE(message.find("No such file"), std::string::npos) << message;
}

TEST_F(PosixFileSystemTest, AFullDeviceIsDiskFull) {
  Result<std::unique_ptr<File>> full = fs_.Open("/dev/full", OpenMode::kReadWrite);
  if (!full.ok()) GTEST_SKIP() << "there is no /dev/full here";
  EXPECT_EQ(CodeOf((*full)->WriteAt(0, "x")), Code::kDiskFull);
}

TEST_F(PosixFileSystemTest, MappingOutlivesItsFile) {
  std::unique_ptr<File> file = Create("f");
  Result<std::unique_ptr<Mapping>> empty = file->Map();
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ((*empty)->bytes(), "");
  ASSERT_TRUE(file->WriteAt(0, "mapped").ok());
  Result<std::unique_ptr<Mapping>> mapping = file->Map();
  ASSERT_TRUE(mapping.ok());
  file.reset();
  ASSERT_TRUE(fs_.Remove(Path("f")).ok());
  EXPECT_EQ((*mapping)->bytes(), "mapped");
}

TEST_F(PosixFileSystemTest, NamesAreListedSortedWithoutDots) {
  for (const char* name : {"b", "a", ".hidden", "10", "9"}) Create(name);
  ASSERT_TRUE(fs_.CreateDirectories(Path("c/d")).ok());
  EXPECT_EQ(*fs_.List(directory_.path()),
            (std::vector<std::string>{".hidden", "10", "9", "a", "b", "c"}));
  EXPECT_EQ(CodeOf(fs_.List(Path("none"))), Code::kNotFound);
}

TEST_F(PosixFileSystemTest, RenamesRemovesAndKnowsWhatExists) {
  ASSERT_TRUE(Create("a")->WriteAt(0, "a").ok());
  ASSERT_TRUE(Create("b")->WriteAt(0, "b").ok());
  ASSERT_TRUE(fs_.Rename(Path("a"), Path("b")).ok());
  ASSERT_TRUE(fs_.SyncDirectory(directory_.path()).ok());
  EXPECT_FALSE(*fs_.Exists(Path("a")));
  EXPECT_FALSE(*fs_.Exists(Path("b/c")));
  EXPECT_EQ(*ReadWholeFile(fs_, Path("b")), "a");
  ASSERT_TRUE(fs_.Remove(Path("b")).ok());
  EXPECT_EQ(CodeOf(fs_.Remove(Path("b"))), Code::kNotFound);
  EXPECT_EQ(CodeOf(fs_.Rename(Path("a"), Path("b"))), Code::kNotFound);
  EXPECT_EQ(CodeOf(fs_.SyncDirectory(Path("none"))), Code::kNotFound);
}

TEST_F(PosixFileSystemTest, CreatesDirectoriesOnceAndNotOverFiles) {
  ASSERT_TRUE(fs_.CreateDirectories(Path("x/y/z/")).ok());
  ASSERT_TRUE(fs_.CreateDirectories(Path("x/y/z")).ok());
  EXPECT_TRUE(*fs_.Exists(Path("x/y/z")));
  Create("file");
  EXPECT_FALSE(fs_.CreateDirectories(Path("file")).ok());
  EXPECT_FALSE(fs_.CreateDirectories(Path("file/below")).ok());
}

TEST_F(PosixFileSystemTest, FreeBytesAreThoseOfTheDevice) {
  EXPECT_TRUE(fs_.FreeBytes(directory_.path()).ok());
  EXPECT_EQ(CodeOf(fs_.FreeBytes(Path("none"))), Code::kNotFound);
}

TEST_F(PosixFileSystemTest, ASecondLockNamesTheHolder) {
  Result<std::unique_ptr<FileLock>> first = fs_.Lock(Path("LOCK"));
  ASSERT_TRUE(first.ok()) << first.error().message();
  Result<std::unique_ptr<FileLock>> second = fs_.Lock(Path("LOCK"));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(CodeOf(second), Code::kLocked);
  EXPECT_NE(second.error().message().find("process " + std::to_string(::getpid())),
            std::string::npos)
      << second.error().message();
  *first = nullptr;
  EXPECT_TRUE(fs_.Lock(Path("LOCK")).ok());
}

TEST_F(PosixFileSystemTest, ALockEndsWithItsProcess) {
  int answer[2];
  ASSERT_EQ(::pipe(answer), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Result<std::unique_ptr<FileLock>> lock = fs_.Lock(Path("LOCK"));
    const char byte = lock.ok() ? '1' : '0';
    [[maybe_unused]] const ssize_t put = ::write(answer[1], &byte, 1);
    ::pause();
    ::_exit(0);
  }
  char byte = '0';
  ASSERT_EQ(::read(answer[0], &byte, 1), 1);
  EXPECT_EQ(byte, '1');
  const Result<std::unique_ptr<FileLock>> second = fs_.Lock(Path("LOCK"));
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message().find(std::to_string(child)), std::string::npos);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(fs_.Lock(Path("LOCK")).ok());
  ::close(answer[0]);
  ::close(answer[1]);
}

TEST(FileHelpersTest, KnowsTheDirectoryOfAPath) {
  EXPECT_EQ(DirectoryOf("/data/p0000/MANIFEST"), "/data/p0000");
  EXPECT_EQ(DirectoryOf("/data/p0000/"), "/data");
  EXPECT_EQ(DirectoryOf("data//file"), "data");
  EXPECT_EQ(DirectoryOf("/file"), "/");
  EXPECT_EQ(DirectoryOf("//"), "/");
  EXPECT_EQ(DirectoryOf("file"), ".");
  EXPECT_EQ(DirectoryOf(""), ".");
}

}  // namespace
}  // namespace oncelog::store
