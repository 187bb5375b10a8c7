// Scanning into memory finds what scanning by pieces finds, and leaves the file there.
#include "store/log/log_scanner.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/code_of.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/log_maker.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

using State = LogScanner::State;
using test::LogMaker;

constexpr uint64_t kSeed = 42;

class LogScannerTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(fs_.CreateDirectories("d").ok()); }

  // Some megabytes, so that it is read in several pieces.
  LogMaker Log() {
    LogMaker log(fs_, "d/1.log", {.store_seed = kSeed});
    for (size_t frame = 0; frame < 40; ++frame) {
      for (size_t n = 0; n <= random_() % 20; ++n) {
        log.Event(0, std::string(random_() % 20'000, 'x'));
      }
      log.EndFrame({1000});
    }
    return log;
  }

  static std::vector<std::string> Frames(LogScanner& scan, State* end) {
    std::vector<std::string> frames;
    while ((*end = scan.Next()) == State::kFrame) {
      frames.push_back(std::to_string(scan.offset()) + std::string(scan.payload()));
    }
    return frames;
  }

  std::mt19937_64 random_{7};
  test::UnsyncedFileSystem fs_;
};

TEST_F(LogScannerTest, IntoMemoryItFindsTheSameAndLeavesTheFileThere) {
  LogMaker log = Log();
  ASSERT_GT(log.end_offset(), uint64_t{2} << 20);
  State end{};
  LogScanner by_pieces(log.file(), 1, kSeed, 0, log.end_offset());
  const std::vector<std::string> frames = Frames(by_pieces, &end);
  ASSERT_EQ(frames.size(), 40u);
  std::string memory(log.end_offset(), '\0');
  LogScanner scan(log.file(), 1, kSeed, std::span(memory));
  EXPECT_TRUE(Frames(scan, &end) == frames);
  EXPECT_EQ(end, State::kEnd);
  EXPECT_EQ(scan.offset(), log.end_offset());
  EXPECT_TRUE(memory == *ReadWholeFile(fs_, "d/1.log"));
}

TEST_F(LogScannerTest, IntoMemoryItSeesWhereAFileEnds) {
  LogMaker log = Log();
  std::string memory(log.end_offset(), '\0');
  ASSERT_TRUE(log.file().Truncate(log.end_offset() - kBlockBytes).ok());
  LogScanner scan(log.file(), 1, kSeed, std::span(memory));
  State end{};
  EXPECT_LT(Frames(scan, &end).size(), 40u);
  EXPECT_NE(end, State::kError);
  EXPECT_LT(scan.offset(), log.end_offset());
}

TEST_F(LogScannerTest, IntoMemoryItSaysThatTheDiskFailed) {
  LogMaker log = Log();
  test::FaultFileSystem faults(fs_);
  const std::unique_ptr<File> file = faults.Open("d/1.log", OpenMode::kRead).Take();
  std::string memory(log.end_offset(), '\0');
  LogScanner scan(*file, 1, kSeed, std::span(memory));
  EXPECT_EQ(scan.Next(), State::kFrame);
  faults.Plan({.call = test::FsCall::kRead, .nth = 2, .code = Code::kIo});
  State end{};
  EXPECT_LT(Frames(scan, &end).size(), 40u);
  ASSERT_EQ(end, State::kError);
  EXPECT_EQ(scan.error().code(), Code::kIo);
}

}  // namespace
}  // namespace oncelog::store
