// Where the log of a store ends that is backed up: behind its last whole frame, and nowhere else.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "store/backup/backup.h"
#include "store/backup/log_tail.h"
#include "store/layout.h"
#include "store/log/frame.h"
#include "store/manifest.h"
#include "store/store_identity.h"
#include "tests/model/damage_store.h"
#include "tests/support/code_of.h"
#include "tests/support/disk_image.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Engine;

const char* const kManifest = "data/p0000/MANIFEST";

Result<store::BackupReport> Take(const DiskImage& image, DiskImage* backup = nullptr) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(image);
  Result<store::BackupReport> report =
      store::TakeBackup(*fs, "data", "backup", {.version = "test"}, nullptr);
  if (backup != nullptr) *backup = TakeImage(*fs, "backup");
  return report;
}

// A log file and where frames stand in it.
struct Frames {
  std::string path;
  std::vector<size_t> offsets;
};

// The log files that hold frames, the oldest first.
std::vector<Frames> AllFrames(const DiskImage& image) {
  std::vector<Frames> all;
  for (const auto& [path, bytes] : image) {
    if (KindOf(path) != ".log" || UsedBytes(bytes) == 0) continue;
    all.push_back({path, {}});
    for (size_t at = 0; at < UsedBytes(bytes); at += store::kBlockBytes) {
      if (bytes.compare(at, 4, "OLFR") == 0) all.back().offsets.push_back(at);
    }
  }
  const auto id = [](const Frames& frames) {
    return std::stoull(frames.path.substr(frames.path.find_last_of('/') + 1));
  };
  std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return id(a) < id(b); });
  return all;
}

// Nothing valid stands behind it.
void CutFrom(size_t offset, std::string* log) {
  std::fill(log->begin() + static_cast<ptrdiff_t>(offset), log->end(), '\0');
}

template <typename Change>
void EditManifest(const Change& change, DiskImage* image) {
  const auto fs = PutImage(*image);
  const uint64_t seed = store::ReadIdentity(*fs, "data")->checksum_seed();
  store::Manifest manifest = store::DecodeManifest(image->at(kManifest), seed, kManifest).Take();
  change(manifest);
  image->at(kManifest) = store::EncodeManifest(manifest, seed);
}

class BackupLogEndTest : public ::testing::Test {
 protected:
  const uint64_t seed_ = TestSeed();
  const DamageStore store_{seed_, TinySealingOptions()};
  const Frames frames_ = AllFrames(store_.killed).back();
};

TEST_F(BackupLogEndTest, ATornLastFrameIsNoPartOfIt) {
  const store::BackupList whole = Take(store_.killed)->list;
  DiskImage image = store_.killed;
  ASSERT_GE(frames_.offsets.size(), 2U);
  std::string& log = image.at(frames_.path);
  const size_t torn = frames_.offsets[frames_.offsets.size() - 2];  // behind it stands a mark
  CutFrom(frames_.offsets.back(), &log);
  log[torn + 70] = static_cast<char>(log[torn + 70] ^ 1);
  const Result<store::BackupReport> report = Take(image);
  if (CodeOf(report) == Code::kDamaged) return;  // right if that frame is in a checkpoint already
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_LT(report->list.position, whole.position);
  EXPECT_LE(report->list.events, whole.events);
}

TEST_F(BackupLogEndTest, ADamagedLogIsNotBackedUp) {
  ASSERT_GE(frames_.offsets.size(), 2U);
  for (size_t i = 0; i + 1 < frames_.offsets.size(); ++i) {
    const bool mark = (store_.killed.at(frames_.path)[frames_.offsets[i] + 6] & 1) != 0;
    for (const size_t byte : {size_t{0}, size_t{20}, size_t{70}}) {
      if (mark && byte >= store::kFrameHeaderBytes) continue;  // it ends with its header
      DiskImage image = store_.killed;
      char& damaged = image.at(frames_.path)[frames_.offsets[i] + byte];
      damaged = static_cast<char>(damaged ^ 4);
      DiskImage backup;
      const Result<store::BackupReport> report = Take(image, &backup);
      ASSERT_EQ(CodeOf(report), Code::kDamaged) << i << ", seed " << seed_;
      EXPECT_NE(report.error().message().find(".log"), std::string::npos)
          << report.error().message();
      EXPECT_TRUE(backup.empty());
    }
  }
}

// Nothing stands behind that would show it; but it had been on stable storage.
TEST_F(BackupLogEndTest, WhatIsKnownToBeDurableIsNotLeftOut) {
  const store::BackupList whole = Take(store_.killed)->list;
  DiskImage image = store_.killed;
  EditManifest([&](store::Manifest& m) { m.known_durable.position = whole.position; }, &image);
  ASSERT_TRUE(Take(image).ok());
  ASSERT_GE(frames_.offsets.size(), 2U);
  CutFrom(frames_.offsets[frames_.offsets.size() - 2], &image.at(frames_.path));  // and its mark
  EXPECT_EQ(CodeOf(Take(image)), Code::kDamaged) << "seed " << seed_;
}

// A start writes the last frame again into a new file. Who read MANIFEST before knows nothing of
// that file, but its frame may have been acked: it is still where it was.
TEST_F(BackupLogEndTest, AStartMeanwhileTakesNothingAway) {
  DiskImage image = store_.killed;
  CutFrom(frames_.offsets.back(), &image.at(frames_.path));  // the mark that proves it
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(image);
  const uint64_t seed = store::ReadIdentity(*fs, "data")->checksum_seed();
  const auto manifest = store::DecodeManifest(image.at(kManifest), seed, kManifest).Take();
  std::vector<std::unique_ptr<store::File>> files;
  store::LogFilesById logs;
  for (const store::LogFileInfo& log : manifest.logs) {
    files.push_back(fs->Open(store::LogPath("data/p0000", log.id), store::OpenMode::kRead).Take());
    logs[log.id] = files.back().get();
  }
  const auto before = store::ReadLogTail(manifest, logs, seed, "data/p0000");
  ASSERT_TRUE(before.ok()) << before.error().message();
  ASSERT_TRUE(Engine::Open(*fs, "data", store_.options).ok());
  const auto after = store::ReadLogTail(manifest, logs, seed, "data/p0000");
  ASSERT_TRUE(after.ok()) << after.error().message();
  EXPECT_EQ(after->end.position, before->end.position) << "seed " << seed_;
}

// A mark at the end proves the frame before it, not itself: a start goes on behind that frame, in
// another file. Who read MANIFEST when it listed that file, but not yet where the old one ends, has
// both.
TEST_F(BackupLogEndTest, AStartMeanwhileGoesOnFromBeforeTheLastMark) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(store_.killed);
  const uint64_t seed = store::ReadIdentity(*fs, "data")->checksum_seed();
  const auto decode = [&](const std::string& bytes) {
    return store::DecodeManifest(bytes, seed, kManifest).Take();
  };
  store::Manifest manifest = decode(store_.killed.at(kManifest));
  std::vector<std::unique_ptr<store::File>> files;
  store::LogFilesById logs;
  const auto open = [&](uint64_t id) {
    files.push_back(fs->Open(store::LogPath("data/p0000", id), store::OpenMode::kRead).Take());
    logs[id] = files.back().get();
  };
  for (const store::LogFileInfo& log : manifest.logs) open(log.id);
  const auto before = store::ReadLogTail(manifest, logs, seed, "data/p0000");
  ASSERT_TRUE(before.ok()) << before.error().message();

  ingest::EngineOptions unsealed = store_.options;
  unsealed.sealing.bytes_per_second = 0;
  TinyWorkload work = store_.work;
  auto engine = Engine::Open(*fs, "data", unsealed).Take();
  Status outcome = OkStatus();
  ASSERT_EQ(work.Publish(*engine, &outcome), "");
  ASSERT_TRUE(outcome.ok());
  for (const store::LogFileInfo& log : decode(TakeStillImage(*fs, "data").at(kManifest)).logs) {
    if (logs.contains(log.id)) continue;
    manifest.logs.push_back({.id = log.id, .capacity_bytes = log.capacity_bytes});
    open(log.id);
  }
  const auto after = store::ReadLogTail(manifest, logs, seed, "data/p0000");
  ASSERT_TRUE(after.ok()) << after.error().message() << ", seed " << seed_;
  EXPECT_GT(after->end.position, before->end.position) << "with what was published since";
  EXPECT_EQ(TakeImage(*fs, "data").at(frames_.path).compare(frames_.offsets.back(), 4, "OLFR"), 0)
      << "whoever copies it up to there finds it";
}

// A log file that ends early, though nothing in it says so: the log goes on in another one.
TEST(BackupLogEndOfFileTest, AnEndIsNoneIfAnotherFileGoesOn) {
  ingest::EngineOptions options = TinyOptions();
  options.index.table_entries_max = 100'000;  // no flush: the cover stays where the log begins
  const DamageStore store(TestSeed(), options);
  DiskImage image = store.killed;
  EditManifest(
      [](store::Manifest& manifest) {
        manifest.known_durable = {};
        for (store::LogFileInfo& log : manifest.logs) {
          log = {.id = log.id, .capacity_bytes = log.capacity_bytes};
        }
      },
      &image);
  ASSERT_TRUE(Take(image).ok());
  const std::vector<Frames> files = AllFrames(image);
  ASSERT_GE(files.size(), 3U);
  for (size_t i = 0; i + 1 < files.size(); ++i) {
    DiskImage cut = image;
    CutFrom(files[i].offsets[files[i].offsets.size() - 2], &cut.at(files[i].path));
    EXPECT_EQ(CodeOf(Take(cut)), Code::kDamaged) << files[i].path;
  }
}

}  // namespace
}  // namespace oncelog::test
