// A server that replaces files while a backup holds them fast: MANIFEST is read again, and nothing
// of what went is left in the backup.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/backup/backup.h"
#include "store/backup/restore.h"
#include "store/manifest.h"
#include "store/rebuild/rebuild.h"
#include "store/store_identity.h"
#include "tests/model/damage_store.h"
#include "tests/support/code_of.h"
#include "tests/support/disk_image.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Engine;

// Does something just before a file is linked.
class Interrupted final : public store::FileSystem {
 public:
  Interrupted(store::FileSystem& below, std::function<void()> before_link)
      : below_(below), before_link_(std::move(before_link)) {}
  Result<std::unique_ptr<store::File>> Open(const std::string& path,
                                            store::OpenMode mode) override {
    return below_.Open(path, mode);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    return below_.Rename(from, to);
  }
  Status Link(const std::string& from, const std::string& to) override {
    before_link_();
    return below_.Link(from, to);
  }
  Status Remove(const std::string& path) override { return below_.Remove(path); }
  Status SyncDirectory(const std::string& path) override { return below_.SyncDirectory(path); }
  Status CreateDirectories(const std::string& path) override {
    return below_.CreateDirectories(path);
  }
  Result<bool> Exists(const std::string& path) override { return below_.Exists(path); }
  Result<std::vector<std::string>> List(const std::string& directory) override {
    return below_.List(directory);
  }
  Result<uint64_t> FreeBytes(const std::string& directory) override {
    return below_.FreeBytes(directory);
  }
  Result<std::unique_ptr<store::FileLock>> Lock(const std::string& path) override {
    return below_.Lock(path);
  }

 private:
  store::FileSystem& below_;
  const std::function<void()> before_link_;
};

// Rebuilding replaces all runs and the checkpoint, as a server may at any time.
TEST(BackupPinTest, FilesThatGoMeanANewerManifest) {
  const DamageStore store(TestSeed(), TinyOptions());
  for (const int times : {1, 3, 1'000}) {
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(store.stopped);
    int left = times;
    Interrupted interrupted(*fs, [&] {
      if (left-- <= 0) return;
      EXPECT_TRUE(store::RebuildStore(*fs, "data", {}, nullptr).ok());
    });
    const Result<store::BackupReport> report =
        store::TakeBackup(interrupted, "data", "backup", {.version = "test"}, nullptr);
    if (times == 1'000) {
      EXPECT_EQ(CodeOf(report), Code::kBusy) << "not for ever";
      EXPECT_TRUE(TakeImage(*fs, "backup").empty());
      continue;
    }
    ASSERT_TRUE(report.ok()) << report.error().message();
    EXPECT_EQ(store::CheckBackup(*fs, "backup", nullptr)->findings.damage_count(), 0U)
        << "nothing is left of the files that went";
    ASSERT_TRUE(store::RestoreBackup(*fs, "backup", "restored", {}, nullptr).ok());
    auto engine = Engine::Open(*fs, "restored", TinyOptions()).Take();
    EXPECT_EQ(store.work.oracle().Check(*engine), "");
  }
}

// A log file is listed as closed some time after the last frame was written to it; until then the
// cover may have gone on to the next one.
TEST(BackupPinTest, FilesBeforeTheCoverMayStillBeOpen) {
  const DamageStore store(TestSeed(), TinyOptions());
  const std::string path = "data/p0000/MANIFEST";
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(store.killed);
  const uint64_t seed = store::ReadIdentity(*fs, "data")->checksum_seed();
  store::Manifest manifest = store::DecodeManifest(store.killed.at(path), seed, path).Take();
  std::vector<uint64_t> opened;
  for (store::LogFileInfo& log : manifest.logs) {
    if (!log.closed || log.id == manifest.cover.file_id) continue;
    if (log.end_position > manifest.cover.position) continue;
    log = {.id = log.id, .capacity_bytes = log.capacity_bytes};
    opened.push_back(log.id);
  }
  ASSERT_FALSE(opened.empty());
  ASSERT_TRUE(store::ReplaceFile(*fs, path, store::EncodeManifest(manifest, seed)).ok());
  const auto report = store::TakeBackup(*fs, "data", "backup", {.version = "test"}, nullptr);
  ASSERT_TRUE(report.ok()) << report.error().message();
  ASSERT_TRUE(store::RestoreBackup(*fs, "backup", "restored", {}, nullptr).ok());
  auto engine = Engine::Open(*fs, "restored", TinyOptions()).Take();
  EXPECT_EQ(store.work.oracle().Check(*engine), "");
}

}  // namespace
}  // namespace oncelog::test
