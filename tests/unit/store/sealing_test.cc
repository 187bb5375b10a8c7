// Which log files become one segment. What becomes of them: tests/model/sealing_test.cc.
#include "store/sealing.h"

#include <gtest/gtest.h>

#include <string>

namespace oncelog::store {
namespace {

constexpr uint64_t kGroupBytes = 1000;

// Closed log files of so many bytes, ten records each (0 bytes: one of marks only), all covered,
// and behind them the file that is being written.
Manifest Logs(const std::vector<uint64_t>& sizes) {
  Manifest manifest;
  Position position;
  for (const uint64_t size : sizes) {
    LogFileInfo log{.id = manifest.next_file_id++, .capacity_bytes = 5000, .closed = true};
    log.first_position = position;
    position.value += size == 0 ? 0 : 10;
    log.end_position = position;
    log.end_offset = size == 0 ? 4 : size;
    manifest.logs.insert(manifest.logs.begin(), log);  // any order
  }
  manifest.logs.push_back({.id = manifest.next_file_id++, .capacity_bytes = 5000});
  manifest.cover = {position, manifest.next_file_id - 1, 100, 0};
  return manifest;
}

std::string Chosen(const Manifest& manifest) {
  std::string ids;
  for (const LogFileInfo& log : ChooseSealGroup(manifest, kGroupBytes)) {
    ids += std::to_string(log.id) + " ";
  }
  return ids;
}

TEST(SealGroup, TakesNeighboursUpToTheSizeOfASegment) {
  EXPECT_EQ(Chosen(Logs({})), "");
  EXPECT_EQ(Chosen(Logs({400})), "") << "too little: it waits for neighbours";
  EXPECT_EQ(Chosen(Logs({500})), "1 ");
  EXPECT_EQ(Chosen(Logs({100, 200, 300})), "1 2 3 ");
  EXPECT_EQ(Chosen(Logs({600, 400, 1})), "1 2 ") << "exactly full";
  EXPECT_EQ(Chosen(Logs({300, 800})), "1 ") << "the next one does not fit beside it";
  EXPECT_EQ(Chosen(Logs({2500, 10})), "1 ") << "one file may be larger";
}

TEST(SealGroup, ManySmallFilesAreEnough) {
  EXPECT_EQ(Chosen(Logs(std::vector<uint64_t>(64, 1))), "");
  EXPECT_EQ(ChooseSealGroup(Logs(std::vector<uint64_t>(65, 1)), kGroupBytes).size(), 64U);
}

TEST(SealGroup, FilesOfMarksGoAlongButAreNoSegmentByThemselves) {
  EXPECT_EQ(Chosen(Logs({0})), "");
  EXPECT_EQ(ChooseSealGroup(Logs(std::vector<uint64_t>(300, 0)), kGroupBytes).size(), 0U);
  EXPECT_EQ(Chosen(Logs({0, 600, 0})), "1 2 3 ");
}

TEST(SealGroup, OnlyWhatTheCoverHasPassedAndNotItsOwnFile) {
  Manifest manifest = Logs({600, 600, 600});
  manifest.cover.position = {20};
  manifest.cover.file_id = 3;
  EXPECT_EQ(Chosen(manifest), "1 ");
  manifest.cover.position = {9};
  EXPECT_EQ(Chosen(manifest), "");
  manifest.cover.position = {20};
  manifest.cover.file_id = 1;
  EXPECT_EQ(Chosen(manifest), "") << "recovery begins to read there";
}

}  // namespace
}  // namespace oncelog::store
