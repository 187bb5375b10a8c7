// A file of several pieces: each is read, written and compared at its own place. (Small files, and
// what becomes of a backup that is damaged: tests/model/backup_damage_test.cc.)
#include "store/backup/piecewise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

constexpr size_t kBytes = 2 * kBackupPieceBytes + 3;
constexpr const char* kName = "p0000/seg/1.seg";

class PiecewiseTest : public testing::Test {
 protected:
  PiecewiseTest() {
    EXPECT_TRUE(fs_.CreateDirectories("backup/p0000/seg").ok());
    EXPECT_TRUE(fs_.CreateDirectories("copy").ok());
    content_.assign(kBytes, 'a');  // the same in all pieces: only their places tell them apart
    for (size_t i = 0; i < kBackupPieceBytes; ++i) {
      content_[i] = content_[i + kBackupPieceBytes] = static_cast<char>('a' + i % 23);
    }
    Put(content_);
  }

  void Put(const std::string& content) {
    ASSERT_TRUE(ReplaceFile(fs_, std::string("backup/") + kName, content).ok());
  }

  BackupFile Read(const std::string& copy_to, const BackupProgress& progress = nullptr) {
    const auto source = fs_.Open(std::string("backup/") + kName, OpenMode::kRead).Take();
    BackupMeter meter(progress, kBytes);
    return ReadPieces(fs_, *source, kName, kBytes, copy_to, meter).Take();
  }

  Status Check(const BackupFile& file, const std::string& copy_to = "") {
    BackupMeter meter(kNoProgress, kBytes);
    return CheckFile(fs_, "backup", file, fs_, copy_to, meter);
  }

  static inline const BackupProgress kNoProgress = nullptr;
  test::UnsyncedFileSystem fs_;
  std::string content_;
};

TEST_F(PiecewiseTest, EveryPieceIsCopiedToItsPlaceAndSynced) {
  std::vector<uint64_t> done;
  const BackupFile file = Read("copy/1", [&](uint64_t bytes, uint64_t all) {
    EXPECT_EQ(all, kBytes);
    done.push_back(bytes);
  });
  EXPECT_EQ(done, (std::vector<uint64_t>{kBackupPieceBytes, 2 * kBackupPieceBytes, kBytes}));
  ASSERT_TRUE(Check(file, "copy/2").ok());
  ASSERT_TRUE(fs_.SyncDirectory("copy").ok());
  const std::unique_ptr<test::UnsyncedFileSystem> after = fs_.LosePower(1);
  for (const char* copy : {"copy/1", "copy/2"}) {
    EXPECT_TRUE(*ReadWholeFile(*after, copy) == content_) << copy;
  }
}

TEST_F(PiecewiseTest, EveryPieceIsComparedAndNamed) {
  const BackupFile file = Read("");
  ASSERT_EQ(file.checksums.size(), 3U);
  EXPECT_NE(file.checksums[0], file.checksums[1]) << "the place counts, too";
  for (size_t piece = 0; piece < file.checksums.size(); ++piece) {
    const size_t begin = piece * kBackupPieceBytes;
    const size_t last = std::min(begin + kBackupPieceBytes, kBytes) - 1;
    for (const size_t at : {begin, last}) {
      std::string flipped = content_;
      flipped[at] = static_cast<char>(flipped[at] ^ 1);
      Put(flipped);
      const Status s = Check(file);
      ASSERT_FALSE(s.ok()) << at;
      EXPECT_EQ(s.error().code(), Code::kDamaged);
      EXPECT_NE(s.error().message().find("offset " + std::to_string(begin) + ":"),
                std::string::npos)
          << s.error().message();
    }
  }
}

}  // namespace
}  // namespace oncelog::store
