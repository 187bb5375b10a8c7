// Backups that are damaged, and stores and directories that are not fit for one: refused by name,
// with nothing left behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/backup/backup.h"
#include "store/backup/restore.h"
#include "store/backup/usable.h"
#include "store/rebuild/rebuild.h"
#include "store/store_identity.h"
#include "store/verify/verifier.h"
#include "tests/model/damage_store.h"
#include "tests/support/code_of.h"
#include "tests/support/disk_image.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Engine;

Result<store::BackupReport> Take(store::FileSystem& fs, const std::string& to = "backup") {
  return store::TakeBackup(fs, "data", to, {.now = UnixMs{5}, .version = "test"}, nullptr);
}
Result<store::BackupList> Restore(store::FileSystem& fs, const std::string& to = "restored") {
  return store::RestoreBackup(fs, "backup", to, UnixMs{7}, nullptr);
}

class BackupDamageTest : public ::testing::Test {
 protected:
  BackupDamageTest() {
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(store_.killed);
    const Result<store::BackupReport> report = Take(*fs);
    EXPECT_TRUE(report.ok()) << report.error().message();
    list_ = report->list;
    backup_ = TakeImage(*fs, "backup");
  }

  // Restore and check both name the file.
  static void ExpectRefused(const DiskImage& image, const std::string& file) {
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(image);
    const Result<store::BackupList> restored = Restore(*fs);
    ASSERT_FALSE(restored.ok());
    EXPECT_TRUE(restored.error().code() == Code::kDamaged ||
                restored.error().code() == Code::kNotFound);
    EXPECT_NE(restored.error().message().find(file), std::string::npos)
        << restored.error().message();
    EXPECT_TRUE(!*fs->Exists("restored") || TakeImage(*fs, "restored").size() <= 1) << "but LOCK";
    EXPECT_EQ(TakeImage(*fs, "backup"), image);
    const Result<store::BackupCheck> check = store::CheckBackup(*fs, "backup", nullptr);
    if (!check.ok()) {
      EXPECT_TRUE(file.ends_with("BACKUP") || file == "backup") << check.error().message();
      return;
    }
    EXPECT_TRUE(check->findings.Names(file)) << file;
  }

  [[nodiscard]] uint64_t BytesThatCount(const std::string& path) const {
    for (const store::BackupFile& file : list_.files) {
      if ("backup/" + file.name == path) return file.bytes;
    }
    return backup_.at(path).size();
  }

  void ForEachFile(const std::function<void(DiskImage image, const std::string& path)>& damage) {
    for (const auto& [path, bytes] : backup_) {
      SCOPED_TRACE(path + ", seed " + std::to_string(seed_));
      damage(backup_, path);
    }
  }

  const uint64_t seed_ = TestSeed();
  const DamageStore store_{seed_, TinySealingOptions()};
  store::BackupList list_;
  DiskImage backup_;
};

TEST_F(BackupDamageTest, HasEveryKindOfFile) {
  std::set<std::string> kinds;
  for (const auto& [path, bytes] : backup_) kinds.insert(KindOf(path));
  for (const char* kind :
       {"STORE", "STORE.bak", "MANIFEST", "BACKUP", ".log", ".run", ".ckpt", ".seg"}) {
    EXPECT_TRUE(kinds.contains(kind)) << kind;
  }
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(backup_);
  ASSERT_TRUE(Restore(*fs).ok());
  auto engine = Engine::Open(*fs, "restored", TinySealingOptions()).Take();
  EXPECT_EQ(store_.work.oracle().Check(*engine), "");
}

TEST_F(BackupDamageTest, AFlippedBitIsNamed) {
  ForEachFile([&](DiskImage image, const std::string& path) {
    const uint64_t bytes = BytesThatCount(path);
    for (const uint64_t at : {uint64_t{0}, bytes / 3, bytes / 2, bytes - 1}) {
      for (const char bit : {'\x01', '\x20', '\x40'}) {
        image[path][at] = static_cast<char>(image[path][at] ^ bit);
        ExpectRefused(image, path);
        image[path][at] = static_cast<char>(image[path][at] ^ bit);
      }
    }
  });
}

TEST_F(BackupDamageTest, AZeroedPageIsNamed) {
  constexpr uint64_t kPageBytes = 4096;
  ForEachFile([&](const DiskImage& image, const std::string& path) {
    const uint64_t bytes = BytesThatCount(path);
    for (uint64_t at = 0; at < bytes; at += kPageBytes) {
      const uint64_t size = std::min(kPageBytes, bytes - at);
      DiskImage zeroed = image;
      zeroed[path].replace(at, size, size, '\0');
      if (zeroed[path] != image.at(path)) ExpectRefused(zeroed, path);
    }
  });
}

TEST_F(BackupDamageTest, AShorterALongerOrAMissingFileIsNamed) {
  ForEachFile([&](DiskImage image, const std::string& path) {
    const std::string whole = image[path];
    for (const uint64_t size : {BytesThatCount(path) - 1, BytesThatCount(path) / 2, uint64_t{0}}) {
      image[path] = whole.substr(0, size);
      ExpectRefused(image, path);
    }
    image[path] = whole + "x";
    if (KindOf(path) != ".log") ExpectRefused(image, path);
    image.erase(path);
    ExpectRefused(image, path == "backup/BACKUP" ? "backup" : path);
  });
}

TEST_F(BackupDamageTest, FilesThatChangedPlacesAreNamed) {
  ForEachFile([&](const DiskImage& image, const std::string& path) {
    for (const auto& [other, bytes] : image) {
      if (other <= path || KindOf(other) != KindOf(path) || bytes == image.at(path)) continue;
      DiskImage swapped = image;
      std::swap(swapped[path], swapped[other]);
      ExpectRefused(swapped, path);
    }
  });
}

TEST_F(BackupDamageTest, AFileThatIsNotListedIsNamed) {
  for (const char* stranger : {"backup/notes.txt", "backup/p0000/log/99.log", "backup/p0000/seg/1",
                               "backup/p0000/idx/98.run", "backup/p0000/x"}) {
    DiskImage image = backup_;
    image[stranger] = "?";
    ExpectRefused(image, stranger);
  }
}

TEST_F(BackupDamageTest, OneOfAnotherStoreIsRefused) {
  const DamageStore other(seed_ + 1, TinySealingOptions());
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(other.killed);
  ASSERT_TRUE(Take(*fs).ok());
  DiskImage image = backup_;
  image["backup/STORE"] = image["backup/STORE.bak"] = TakeImage(*fs, "backup").at("backup/STORE");
  ExpectRefused(image, "backup/STORE");
}

TEST_F(BackupDamageTest, IsNotTakenForAStore) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(backup_);
  EXPECT_EQ(CodeOf(Engine::Open(*fs, "backup", TinyOptions())), Code::kInvalid);
  EXPECT_EQ(CodeOf(store::VerifyStore(*fs, "backup", nullptr)), Code::kInvalid);
  EXPECT_EQ(CodeOf(store::RebuildStore(*fs, "backup", {}, nullptr)), Code::kInvalid);
  EXPECT_EQ(CodeOf(store::TakeBackup(*fs, "backup", "copy", {}, nullptr)), Code::kInvalid);
  EXPECT_EQ(TakeImage(*fs, "backup"), backup_) << "not even a LOCK was made";
}

TEST_F(BackupDamageTest, WhatIsThereStays) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(store_.killed);
  ASSERT_TRUE(Take(*fs).ok());
  EXPECT_EQ(CodeOf(Take(*fs)), Code::kInvalid) << "a backup is there";
  EXPECT_EQ(CodeOf(Restore(*fs, "data")), Code::kInvalid) << "a store is there";
  EXPECT_EQ(TakeImage(*fs, "backup"), backup_);
  EXPECT_EQ(TakeImage(*fs, "data"), store_.killed);
  ASSERT_TRUE(fs->CreateDirectories("some/p0000/log").ok());
  EXPECT_TRUE(Restore(*fs, "some/").ok()) << "folders without files do not count";
  ASSERT_TRUE(fs->CreateDirectories("half").ok());
  ASSERT_TRUE(store::ReplaceFile(*fs, store::UnfinishedPath("half"), "").ok());
  EXPECT_EQ(CodeOf(Take(*fs, "half")), Code::kInvalid);
  EXPECT_EQ(CodeOf(Restore(*fs, "half")), Code::kInvalid);
  EXPECT_EQ(CodeOf(Engine::Open(*fs, "half", TinyOptions())), Code::kInvalid);
  EXPECT_EQ(CodeOf(store::TakeBackup(*fs, "nothing", "b", {}, nullptr)), Code::kNotFound);
}

TEST_F(BackupDamageTest, ARestoreStartsANewEpoch) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(backup_);
  ASSERT_TRUE(Restore(*fs).ok());
  EXPECT_EQ(store::ReadIdentity(*fs, "restored")->epoch, 7U) << "the time";
  ASSERT_TRUE(store::RestoreBackup(*fs, "backup", "again", UnixMs{0}, nullptr).ok());
  EXPECT_EQ(store::ReadIdentity(*fs, "again")->epoch, 2U) << "though the clock stands still";
  EXPECT_EQ(store::ReadIdentity(*fs, "again")->secret, store::ReadIdentity(*fs, "backup")->secret);
}

// A list that is signed, but says something else than the files do.
TEST_F(BackupDamageTest, WhatIsRestoredIsCounted) {
  for (const auto& [events, topics] : {std::pair(1, 0), std::pair(-1, 0), std::pair(0, 1)}) {
    store::BackupList list = list_;
    list.events += static_cast<uint64_t>(events);
    list.topics += static_cast<uint64_t>(topics);
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(backup_);
    const std::string path = store::BackupListPath("backup");
    ASSERT_TRUE(store::ReplaceFile(*fs, path, store::EncodeBackupList(list)).ok());
    const Result<store::BackupList> restored = Restore(*fs);
    ASSERT_EQ(CodeOf(restored), Code::kDamaged) << events << ", " << topics;
    EXPECT_NE(restored.error().message().find(path), std::string::npos);
  }
}

TEST_F(BackupDamageTest, AMissingFileOfTheStoreIsNamed) {
  int named = 0;
  for (const auto& [path, bytes] : store_.killed) {
    const std::string kind = KindOf(path);
    if (kind == ".topics" || kind == "LOCK" || kind.starts_with("STORE")) continue;
    if (kind == ".torn" || (kind == ".log" && UsedBytes(bytes) == 0)) continue;
    DiskImage image = store_.killed;
    image.erase(path);
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(image);
    const Result<store::BackupReport> report = Take(*fs);
    if (report.ok()) continue;  // left over; MANIFEST does not list it: see the next
    EXPECT_EQ(report.error().code(), Code::kDamaged) << path;
    EXPECT_NE(report.error().message().find(path.substr(path.find_last_of('/') + 1)),
              std::string::npos)
        << report.error().message();
    ++named;
  }
  EXPECT_GT(named, 3);
}

}  // namespace
}  // namespace oncelog::test
