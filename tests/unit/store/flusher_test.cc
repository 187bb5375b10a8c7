// A flush that fails at any call leaves the old cover in force, can be repeated, and never lets
// MANIFEST and the index that is in use disagree.
#include "store/flusher.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/support/code_of.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/index_entries.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

using test::FaultFileSystem;
using test::FsCall;
using test::UnsyncedFileSystem;

constexpr uint64_t kSeed = 77;
constexpr uint64_t kEntries = 600;

// A partition's folder with one frozen table, to be flushed.
class FlusherTest : public ::testing::Test {
 protected:
  void SetUp() override { SetUpAgain(); }

  void SetUpAgain() {
    below_ = std::make_unique<UnsyncedFileSystem>();
    fs_ = std::make_unique<FaultFileSystem>(*below_);
    for (const char* folder : {"p/idx", "p/state"}) {
      ASSERT_TRUE(fs_->CreateDirectories(folder).ok());
    }
    manifest_ = std::make_unique<ManifestKeeper>(*fs_, "p", kSeed, Manifest{});
    ASSERT_TRUE(manifest_->Edit([](Manifest&) {}).ok());
    index_ = Open({});
    index_->Insert(test::EntriesOf(0, kEntries));
    index_->Freeze();
    flusher_ = std::make_unique<Flusher>(*fs_, "p", kSeed, *index_, *manifest_);
  }

  std::unique_ptr<DedupIndex> Open(const std::vector<RunInfo>& runs) {
    return DedupIndex::Open(*fs_, "p/idx", runs, {.checksum_seed = kSeed}).Take();
  }
  Status Flush() {
    return flusher_->Flush({{.position = Position{kEntries}}, {.cover = Position{kEntries}}});
  }
  // What a restart would go on with.
  Manifest OnDisk() {
    return DecodeManifest(*ReadWholeFile(*fs_, ManifestPath("p")), kSeed, "MANIFEST").Take();
  }
  static void ExpectHoldsAll(const DedupIndex& index) {
    std::vector<event::IndexEntry> found(kEntries);
    ASSERT_TRUE(index.Find(test::IdsOf(0, kEntries), found).ok());
    for (uint64_t n = 0; n < kEntries; ++n) ASSERT_EQ(found[n], test::EntryOf(n));
  }

  std::unique_ptr<UnsyncedFileSystem> below_;
  std::unique_ptr<FaultFileSystem> fs_;
  std::unique_ptr<ManifestKeeper> manifest_;
  std::unique_ptr<DedupIndex> index_;
  std::unique_ptr<Flusher> flusher_;
};

TEST_F(FlusherTest, MovesTheCover) {
  ASSERT_TRUE(Flush().ok());
  EXPECT_FALSE(index_->has_frozen());
  const Manifest manifest = OnDisk();
  EXPECT_EQ(manifest.cover.position, Position{kEntries});
  EXPECT_EQ(manifest.runs, index_->runs());
  ExpectHoldsAll(*Open(manifest.runs));
}

TEST_F(FlusherTest, AnyCallMayFailAndTheFlushCanBeRepeated) {
  for (const FsCall call :
       {FsCall::kOpen, FsCall::kRead, FsCall::kWrite, FsCall::kShortWrite, FsCall::kDataSync,
        FsCall::kDirectorySync, FsCall::kMap, FsCall::kRename}) {
    for (uint64_t nth = 1;; ++nth) {
      SetUpAgain();
      const uint64_t faults = fs_->faults();
      fs_->Plan({.call = call, .nth = nth, .code = Code::kIo});
      const Status s = Flush();
      fs_->Heal();
      ExpectHoldsAll(*index_);
      if (fs_->faults() == faults) break;
      ASSERT_FALSE(s.ok());
      EXPECT_TRUE(index_->has_frozen());
      EXPECT_TRUE(manifest_->Current().runs.empty());
      ASSERT_TRUE(Flush().ok());
      EXPECT_EQ(OnDisk().runs, index_->runs());
      EXPECT_EQ(index_->runs().size(), 1u);
      ExpectHoldsAll(*Open(OnDisk().runs));
    }
  }
}

// Tried again each second while the disk is full: nothing may pile up there.
TEST_F(FlusherTest, AFullDiskKeepsNothingOfAFlush) {
  for (const char* path : {"p/state", "p/idx", "MANIFEST"}) {
    SetUpAgain();
    fs_->Plan({.call = FsCall::kWrite, .code = Code::kDiskFull, .path_part = path});
    EXPECT_EQ(test::CodeOf(Flush()), Code::kDiskFull) << path;
    EXPECT_TRUE(fs_->List("p/idx")->empty()) << path;
    EXPECT_TRUE(fs_->List("p/state")->empty()) << path;
    ASSERT_TRUE(Flush().ok()) << path;
    ExpectHoldsAll(*Open(OnDisk().runs));
  }
}

}  // namespace
}  // namespace oncelog::store
