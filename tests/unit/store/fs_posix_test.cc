// The real file system: codes, exclusiveness, locks, listings.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "store/fs/file_helpers.h"
#include "store/fs/file_system.h"
#include "store/fs/mapped_read.h"
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

TEST_F(PosixFileSystemTest, AdviceChangesNothingThatIsSeen) {
  std::string bytes(3 * 4096 + 5, 'x');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % 251);
  const std::unique_ptr<File> file = Create("f");
  ASSERT_TRUE(file->WriteAt(0, bytes).ok());
  ASSERT_TRUE(file->DataSync().ok());
  const std::unique_ptr<Mapping> mapping = file->Map().Take();
  mapping->ExpectScatteredLooks();
  mapping->Prefetch(0, bytes.size());
  mapping->Prefetch(4097, 1);
  mapping->Prefetch(bytes.size() - 1, 4096);  // beyond the end
  mapping->Prefetch(8192, 0);
  const uint64_t waits = MappedRead::Waits();
  EXPECT_EQ(mapping->bytes(), bytes);
  EXPECT_GE(MappedRead::Waits(), waits);
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

class HeldDirectoryTest : public PosixFileSystemTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fs_.CreateDirectories(Path("data/sub")).ok());
    Result<std::unique_ptr<FileLock>> lock = fs_.Lock(Path("data/LOCK"));
    ASSERT_TRUE(lock.ok()) << lock.error().message();
    lock_ = lock.Take();
    ASSERT_TRUE(lock_->InPlace().ok());
  }
  void ExpectOutOfPlace(const std::string& named) {
    const Status s = lock_->InPlace();
    ASSERT_FALSE(s.ok());
    EXPECT_EQ(CodeOf(s), Code::kIo);  // not kNotFound, which callers take for "none yet"
    EXPECT_TRUE(s.error().message().starts_with(named)) << s.error().message();
  }

  std::unique_ptr<FileLock> lock_;
};

TEST_F(HeldDirectoryTest, ADeletedLockLetsNobodyElseIn) {
  ASSERT_TRUE(fs_.Remove(Path("data/LOCK")).ok());
  EXPECT_EQ(CodeOf(fs_.Lock(Path("data/LOCK"))), Code::kLocked);
  EXPECT_FALSE(*fs_.Exists(Path("data/LOCK")));
  ExpectOutOfPlace(Path("data/LOCK"));
  lock_ = nullptr;
  EXPECT_TRUE(fs_.Lock(Path("data/LOCK")).ok());
}

TEST_F(HeldDirectoryTest, AnotherFileInPlaceOfTheLockIsNoticed) {
  ASSERT_TRUE(fs_.Remove(Path("data/LOCK")).ok());
  Create("data/LOCK");
  ExpectOutOfPlace(Path("data/LOCK"));
}

// What moves the directory moves the store; a new directory at its path is somebody else's.
TEST_F(HeldDirectoryTest, FilesAreThoseOfTheDirectoryThatWasLocked) {
  FileSystem& files = lock_->files();
  ASSERT_TRUE(ReplaceFile(files, Path("data/sub/f"), "old").ok());
  ASSERT_TRUE(fs_.Rename(Path("data"), Path("moved")).ok());
  ExpectOutOfPlace(Path("data"));
  ASSERT_TRUE(fs_.CreateDirectories(Path("data/sub")).ok());
  ExpectOutOfPlace(Path("data"));
  ASSERT_TRUE(ReplaceFile(fs_, Path("data/sub/f"), "another's").ok());

  ASSERT_TRUE(ReplaceFile(files, Path("data/sub/f"), "new").ok());
  ASSERT_TRUE(files.CreateDirectories(Path("data/more/and/more")).ok());
  ASSERT_TRUE(files.OpenUncached(Path("data/more/g"), OpenMode::kCreateNew).ok());
  ASSERT_TRUE(files.Rename(Path("data/more/g"), Path("data/more/h")).ok());
  EXPECT_EQ(*files.List(Path("data/more")), (std::vector<std::string>{"and", "h"}));
  EXPECT_TRUE(*files.Exists(Path("data/more/h")));
  EXPECT_TRUE(files.FreeBytes(Path("data")).ok());
  ASSERT_TRUE(files.SyncDirectory(Path("data")).ok());

  EXPECT_EQ(*ReadWholeFile(files, Path("data/sub/f")), "new");
  EXPECT_EQ(*ReadWholeFile(fs_, Path("moved/sub/f")), "new");
  EXPECT_EQ(*ReadWholeFile(fs_, Path("data/sub/f")), "another's");
  EXPECT_EQ(*fs_.List(Path("data")), std::vector<std::string>{"sub"});
  ASSERT_TRUE(files.Remove(Path("data/sub/f")).ok());
  EXPECT_TRUE(*fs_.Exists(Path("data/sub/f")));
}

TEST_F(HeldDirectoryTest, PathsThatOnlyBeginAlikeAreNotInIt) {
  ASSERT_TRUE(fs_.CreateDirectories(Path("data2")).ok());
  ASSERT_TRUE(lock_->files().Open(Path("data2/f"), OpenMode::kCreateNew).ok());
  EXPECT_TRUE(*fs_.Exists(Path("data2/f")));
  EXPECT_TRUE(*lock_->files().Exists(Path("data///sub/")));
  EXPECT_EQ(*lock_->files().List(Path("data/")), (std::vector<std::string>{"LOCK", "sub"}));
}

// A deleted directory takes no new files.
TEST_F(HeldDirectoryTest, NothingIsMadeInADeletedDirectory) {
  for (const char* name : {"data/LOCK"}) ASSERT_TRUE(fs_.Remove(Path(name)).ok());
  ASSERT_EQ(::rmdir(Path("data/sub").c_str()), 0);
  ASSERT_EQ(::rmdir(Path("data").c_str()), 0);
  ExpectOutOfPlace(Path("data"));
  EXPECT_FALSE(lock_->files().Open(Path("data/f"), OpenMode::kCreateNew).ok());
  EXPECT_FALSE(lock_->files().CreateDirectories(Path("data/sub")).ok());
  EXPECT_FALSE(*fs_.Exists(Path("data")));
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

TEST_F(PosixFileSystemTest, ALinkIsASecondNameOfTheSameFile) {
  ASSERT_TRUE(Create("f")->WriteAt(0, "abc").ok());
  ASSERT_TRUE(fs_.Link(Path("f"), Path("g")).ok());
  EXPECT_EQ(*ReadWholeFile(fs_, Path("g")), "abc");
  EXPECT_EQ(CodeOf(fs_.Link(Path("none"), Path("h"))), Code::kNotFound);
  EXPECT_EQ(CodeOf(fs_.Link(Path("f"), Path("g"))), Code::kIo) << "nothing is replaced";
  ASSERT_TRUE(fs_.Remove(Path("f")).ok());
  EXPECT_EQ(*ReadWholeFile(fs_, Path("g")), "abc");
}

}  // namespace
}  // namespace oncelog::store
