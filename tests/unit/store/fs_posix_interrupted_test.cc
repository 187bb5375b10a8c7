// The real file system under calls that are interrupted or do only a part: the calls below are put
// in front of the C library's for this test program, and pass through unless a test asks for more.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "store/fs/file_system.h"
#include "store/fs/posix_error.h"
#include "store/fs/posix_file.h"
#include "store/fs/uncached_file.h"
#include "store/zeroed_memory.h"
#include "tests/support/code_of.h"
#include "tests/support/temp_directory.h"

namespace {

// What the next calls of this thread meet.
struct Trouble {
  int errors = 0;          // so many calls fail
  int error = EINTR;       // with this
  size_t bytes_max = ~0U;  // and no call transfers more
  int calls = 0;
};
thread_local Trouble trouble;

bool Fails() {
  ++trouble.calls;
  if (trouble.errors == 0) return false;
  --trouble.errors;
  errno = trouble.error;
  return true;
}

}  // namespace

extern "C" {

ssize_t pwrite(int fd, const void* from, size_t size, off_t offset) {
  if (Fails()) return -1;
  return syscall(SYS_pwrite64, fd, from, std::min(size, trouble.bytes_max), offset);
}

ssize_t pread(int fd, void* to, size_t size, off_t offset) {
  if (Fails()) return -1;
  return syscall(SYS_pread64, fd, to, std::min(size, trouble.bytes_max), offset);
}

int fdatasync(int fd) {
  if (Fails()) return -1;
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}

int ftruncate(int fd, off_t size) noexcept {
  if (Fails()) return -1;
  return static_cast<int>(syscall(SYS_ftruncate, fd, size));
}

}  // extern "C"

namespace oncelog::store {
namespace {

using test::CodeOf;

class InterruptedTest : public ::testing::Test {
 protected:
  void TearDown() override { trouble = {}; }

  std::unique_ptr<File> Create() { return fs_.Open(path_, OpenMode::kCreateNew).Take(); }
  std::string Content() {
    trouble = {};
    return *ReadWholeFile(fs_, path_);
  }

  test::TempDirectory directory_;
  FileSystem& fs_ = PosixFileSystem();
  const std::string path_ = directory_.path() + "/f";
};

TEST_F(InterruptedTest, InterruptedCallsAreMadeAgain) {
  const std::unique_ptr<File> file = Create();
  char to[8];
  trouble = {.errors = 3};
  ASSERT_TRUE(file->WriteAt(0, "whole").ok());
  trouble = {.errors = 3};
  ASSERT_TRUE(file->DataSync().ok());
  trouble = {.errors = 3};
  ASSERT_TRUE(file->Truncate(4).ok());
  trouble = {.errors = 3};
  EXPECT_EQ(*file->ReadAt(0, to, sizeof to), 4U);
  EXPECT_EQ(trouble.calls, 3 + 2) << "three interrupted, one that reads, one that finds the end";
  EXPECT_EQ(Content(), "whol");
}

TEST_F(InterruptedTest, ShortTransfersGoOnWhereTheyStopped) {
  const std::unique_ptr<File> file = Create();
  trouble = {.errors = 1, .bytes_max = 3};
  ASSERT_TRUE(file->WriteAt(2, "abcdefgh").ok());
  EXPECT_EQ(trouble.calls, 1 + 3);
  char to[8];
  trouble = {.bytes_max = 3};
  EXPECT_EQ(*file->ReadAt(2, to, sizeof to), 8U);
  EXPECT_EQ(std::string(to, 8), "abcdefgh");
  EXPECT_EQ(Content(), std::string("\0\0abcdefgh", 10));
}

TEST_F(InterruptedTest, AFailedSyncIsNotMadeAgain) {
  const std::unique_ptr<File> file = Create();
  ASSERT_TRUE(file->WriteAt(0, "x").ok());
  trouble = {.errors = 1, .error = EIO};
  EXPECT_EQ(CodeOf(file->DataSync()), Code::kIo);
  EXPECT_EQ(trouble.calls, 1) << "a second sync would answer for bytes the kernel has dropped";
}

TEST_F(InterruptedTest, AFullDiskAndAnExceededQuotaAreDiskFull) {
  const std::unique_ptr<File> file = Create();
  for (const int error : {ENOSPC, EDQUOT, EFBIG}) {
    trouble = {.errors = 1, .error = error};
    EXPECT_EQ(CodeOf(file->WriteAt(0, "x")), Code::kDiskFull);
    EXPECT_EQ(PosixError(error, "writing", "f").code(), Code::kDiskFull);
  }
  for (const int error : {EIO, EMFILE, ENFILE, ENOMEM, EACCES, EROFS}) {
    trouble = {.errors = 1, .error = error};
    EXPECT_EQ(CodeOf(file->WriteAt(0, "x")), Code::kIo) << error;
  }
}

// Writes past the page cache go on at the block in which a short one ended.
TEST_F(InterruptedTest, UncachedWritesGoOnAtAWholeBlock) {
  Create();
  std::unique_ptr<File> file = fs_.OpenUncached(path_, OpenMode::kReadWrite).Take();
  if (dynamic_cast<UncachedFile*>(file.get()) == nullptr) {
    GTEST_SKIP() << "this file system cannot write past the page cache";
  }
  std::string blocks;
  for (int i = 0; i < 5; ++i) blocks += std::string(4096, static_cast<char>('a' + i));
  trouble = {.errors = 2, .bytes_max = 8192};
  ASSERT_TRUE(file->WriteAt(4096, blocks).ok());
  EXPECT_EQ(Content(), std::string(4096, '\0') + blocks);
  trouble = {.errors = 1, .error = ENOSPC};
  EXPECT_EQ(CodeOf(file->WriteAt(0, blocks)), Code::kDiskFull);
}

// Reads past the page cache: whole, whatever the calls do and wherever the file ends.
TEST_F(InterruptedTest, UncachedReadsAreWhole) {
  constexpr size_t kBlock = 4096;
  std::string content;
  for (int i = 0; i < 5; ++i) content += std::string(kBlock, static_cast<char>('a' + i));
  content += "the end";
  ASSERT_TRUE(Create()->WriteAt(0, content).ok());
  const std::unique_ptr<File> file = fs_.OpenUncached(path_, OpenMode::kRead).Take();
  if (dynamic_cast<UncachedReads*>(file.get()) == nullptr) {
    GTEST_SKIP() << "this file system cannot read past the page cache";
  }
  const ZeroedMemory memory(8 * kBlock);
  auto* to = static_cast<char*>(memory.at());
  const auto read = [&](uint64_t offset, size_t size, Trouble with = {}) {
    trouble = with;
    std::fill(to, to + memory.bytes(), '-');
    const Result<size_t> got = file->ReadAt(offset, to, size);
    EXPECT_TRUE(got.ok());
    return got.ok() ? std::string(to, *got) : "";
  };
  EXPECT_EQ(read(0, 2 * kBlock), content.substr(0, 2 * kBlock));
  EXPECT_EQ(read(kBlock, 7 * kBlock), content.substr(kBlock)) << "up to the end";
  EXPECT_EQ(read(5 * kBlock, kBlock), "the end");
  EXPECT_EQ(read(6 * kBlock, kBlock), "");
  EXPECT_EQ(read(100, 50), content.substr(100, 50)) << "parts of blocks, by the page cache";
  EXPECT_EQ(read(0, 4 * kBlock, {.errors = 2, .bytes_max = kBlock}), content.substr(0, 4 * kBlock));
  EXPECT_EQ(trouble.calls, 2 + 4);
  EXPECT_EQ(read(0, kBlock, {.errors = 1, .error = EINVAL}), content.substr(0, kBlock))
      << "the disk's blocks are larger";
  trouble = {.errors = 1, .error = EIO};
  EXPECT_EQ(CodeOf(file->ReadAt(0, to, kBlock)), Code::kIo);
  EXPECT_EQ(CodeOf(file->WriteAt(0, "x")), Code::kIo) << "it is open for reading";
}

}  // namespace
}  // namespace oncelog::store
