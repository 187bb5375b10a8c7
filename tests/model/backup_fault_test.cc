// A call that fails, a process that dies or power that is lost at any step of a backup or a
// restore: what looks like a backup is one, what opens as a store is the whole store, and the
// source of either is as it was, byte for byte.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "store/backup/backup.h"
#include "store/backup/restore.h"
#include "store/backup/usable.h"
#include "tests/model/damage_store.h"
#include "tests/support/code_of.h"
#include "tests/support/disk_image.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/sanitized.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Engine;

constexpr uint64_t kStride = kSanitized ? 5 : 1;
const char* const kBackup = "backup";
const char* const kRestored = "restored";

Status TakeIt(store::FileSystem& fs, bool link = true) {
  const auto report =
      store::TakeBackup(fs, "data", kBackup, {.link = link, .version = "test"}, nullptr);
  return report.ok() ? OkStatus() : Status(report.error());
}

Status RestoreIt(store::FileSystem& fs) {
  const auto list = store::RestoreBackup(fs, kBackup, kRestored, UnixMs{7}, nullptr);
  return list.ok() ? OkStatus() : Status(list.error());
}

size_t FilesIn(store::FileSystem& fs, const std::string& directory) {
  if (!*fs.Exists(directory)) return 0;
  DiskImage image = TakeImage(fs, directory);
  image.erase(directory + std::string("/LOCK"));
  return image.size();
}

class BackupFaultTest : public ::testing::Test {
 protected:
  BackupFaultTest() {
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(store_.killed);
    EXPECT_TRUE(TakeIt(*fs).ok());
    backup_ = TakeImage(*fs, kBackup);
  }

  // What looks like a backup is one. Yields what is wrong.
  static std::string JudgeBackup(store::FileSystem& fs) {
    if (!*fs.Exists(std::string(kBackup) + "/BACKUP")) return JudgeUnfinished(fs);
    const auto check = store::CheckBackup(fs, kBackup, nullptr);
    if (!check.ok()) return check.error().code() == Code::kInvalid ? "" : check.error().message();
    if (check->findings.damage_count() == 0) return "";
    return Describe(check->findings.damage().front());
  }

  // What is no backup yet must not pass for a store either.
  static std::string JudgeUnfinished(store::FileSystem& fs) {
    const bool marked = *fs.Exists(store::UnfinishedPath(kBackup));
    const bool store = *fs.Exists(std::string(kBackup) + "/STORE");
    return store && !marked ? "a store without UNFINISHED and without BACKUP" : "";
  }

  // What opens as a store is all of it; yields what is wrong.
  std::string JudgeRestored(store::FileSystem& fs) {
    if (FilesIn(fs, kRestored) == 0) return "";  // as if nothing had been done
    const auto engine = Engine::Open(fs, kRestored, TinyOptions());
    if (!engine.ok()) {
      const Code code = engine.error().code();
      return code == Code::kInvalid || code == Code::kDamaged ? "" : engine.error().message();
    }
    return store_.work.oracle().Check(**engine);
  }

  const uint64_t seed_ = TestSeed();
  const DamageStore store_{seed_, TinySealingOptions()};
  DiskImage backup_;
};

TEST_F(BackupFaultTest, NoCallThatFailsLeavesHalfABackup) {
  for (const FaultKind& kind : FaultKinds()) {
    for (const Code code : {Code::kIo, Code::kDiskFull}) {
      int failed = 0;
      bool struck = true;
      for (uint64_t nth = 1 + seed_ % kStride; struck; nth += kStride) {
        SCOPED_TRACE(std::string(kind.name) + " " + std::to_string(nth) + ", seed " +
                     std::to_string(seed_));
        const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(store_.killed);
        FaultFileSystem faults(*fs);
        faults.Plan({.call = kind.call, .nth = nth, .code = code});
        const Status taken = TakeIt(faults);
        struck = faults.faults() > 0;
        EXPECT_EQ(TakeImage(*fs, "data"), store_.killed) << "the store was changed";
        EXPECT_EQ(JudgeBackup(*fs), "");
        const bool whole = *fs->Exists(std::string(kBackup) + "/BACKUP") &&
                           !*fs->Exists(store::UnfinishedPath(kBackup));
        ASSERT_EQ(taken.ok(), whole) << "what it says is what there is";
        failed += taken.ok() ? 0 : 1;
        if (!taken.ok() && kind.call != FsCall::kRemove) {
          EXPECT_EQ(FilesIn(*fs, kBackup), 0U);
        }
        if (!taken.ok() && FilesIn(*fs, kBackup) == 0) {
          EXPECT_TRUE(TakeIt(*fs).ok()) << "again";
        }
      }
      std::printf("%s: %d failed\n", kind.name, failed);
    }
  }
}

TEST_F(BackupFaultTest, NoCallThatFailsLeavesHalfAStore) {
  for (const FaultKind& kind : FaultKinds()) {
    int failed = 0;
    bool struck = true;
    for (uint64_t nth = 1 + seed_ % kStride; struck; nth += kStride) {
      SCOPED_TRACE(std::string(kind.name) + " " + std::to_string(nth) + ", seed " +
                   std::to_string(seed_));
      const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(backup_);
      FaultFileSystem faults(*fs);
      faults.Plan({.call = kind.call, .nth = nth});
      const Status restored = RestoreIt(faults);
      struck = faults.faults() > 0;
      EXPECT_EQ(TakeImage(*fs, kBackup), backup_) << "the backup was changed";
      failed += restored.ok() ? 0 : 1;
      if (restored.ok()) {
        EXPECT_GT(FilesIn(*fs, kRestored), 0U);
      }
      if (!restored.ok() && kind.call != FsCall::kRemove) {
        EXPECT_EQ(FilesIn(*fs, kRestored), 0U);
      }
      EXPECT_EQ(JudgeRestored(*fs), "");
    }
    std::printf("%s: %d failed\n", kind.name, failed);
  }
}

// The process dies at its n-th change, and perhaps the power goes with it.
TEST_F(BackupFaultTest, DyingLeavesNoHalfBackup) {
  for (const bool link : {true, false}) {
    bool finished = false;
    for (uint64_t nth = 1 + seed_ % kStride; !finished; nth += kStride) {
      const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(store_.killed);
      FaultFileSystem faults(*fs);
      faults.Plan({.call = FsCall::kChange, .nth = nth, .for_ever = true});
      finished = TakeIt(faults, link).ok();
      ASSERT_EQ(JudgeBackup(*fs), "") << nth << ", seed " << seed_;
      for (uint64_t loss = 1; loss <= 4; ++loss) {
        const std::unique_ptr<UnsyncedFileSystem> after = fs->LosePower(loss + nth * 10);
        ASSERT_EQ(JudgeBackup(*after), "") << nth << "/" << loss << ", seed " << seed_;
        if (finished) {
          ASSERT_TRUE(RestoreIt(*after).ok()) << "it said that all was durable";
        }
      }
    }
  }
}

TEST_F(BackupFaultTest, DyingLeavesNoHalfStore) {
  bool finished = false;
  for (uint64_t nth = 1 + seed_ % kStride; !finished; nth += kStride) {
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(backup_);
    FaultFileSystem faults(*fs);
    faults.Plan({.call = FsCall::kChange, .nth = nth, .for_ever = true});
    finished = RestoreIt(faults).ok();
    for (uint64_t loss = 1; loss <= 4; ++loss) {
      const std::unique_ptr<UnsyncedFileSystem> after = fs->LosePower(loss + nth * 10);
      ASSERT_EQ(JudgeRestored(*after), "") << nth << "/" << loss << ", seed " << seed_;
      EXPECT_EQ(TakeImage(*after, kBackup), backup_);
      if (finished) {
        ASSERT_TRUE(Engine::Open(*after, kRestored, TinyOptions()).ok());
      }
    }
    ASSERT_EQ(JudgeRestored(*fs), "") << nth << ", seed " << seed_;
  }
}

TEST_F(BackupFaultTest, AFullDiskIsSeenBeforeItIsFilled) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(store_.killed);
  FaultFileSystem faults(*fs);
  faults.Plan({.call = FsCall::kWrite, .path_part = "p0000"});  // it would take that space
  fs->set_capacity_bytes(fs->used_bytes() + 20'000);
  EXPECT_EQ(CodeOf(TakeIt(faults, /*link=*/false)), Code::kDiskFull);
  EXPECT_EQ(FilesIn(*fs, kBackup), 0U);
  fs->set_capacity_bytes(uint64_t{1} << 30);
  ASSERT_TRUE(TakeIt(*fs).ok());
  fs->set_capacity_bytes(fs->used_bytes() + 20'000);
  EXPECT_EQ(CodeOf(RestoreIt(faults)), Code::kDiskFull);
  EXPECT_EQ(FilesIn(*fs, kRestored), 0U);
  EXPECT_EQ(faults.faults(), 0U);
}

}  // namespace
}  // namespace oncelog::test
