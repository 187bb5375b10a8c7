// Whole parts of a store that are gone (its folder, MANIFEST, one folder of it, everything but
// STORE, as below a disk that is not mounted), and first starts that were cut short: the former are
// refused, named, and nothing is changed; the latter begin anew. Neither is taken for the other.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/verify/rehearsal.h"
#include "tests/model/damage_store.h"
#include "tests/support/code_of.h"
#include "tests/support/disk_image.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Engine;

DiskImage Without(DiskImage image, const std::string& part) {
  std::erase_if(image, [&](const auto& file) { return file.first.starts_with(part); });
  return image;
}

bool Holds(const DiskImage& image, const std::string& part) {
  const auto first = image.lower_bound(part);
  return first != image.end() && first->first.starts_with(part);
}

void ExpectRefused(const DiskImage& image, const std::vector<std::string>& named) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(image);
  const auto opened = Engine::Open(*fs, "data", TinySealingOptions());
  ASSERT_EQ(CodeOf(opened), Code::kDamaged) << named.front();
  for (const std::string& name : named) {
    EXPECT_NE(opened.error().message().find(name), std::string::npos) << opened.error().message();
  }
  EXPECT_EQ(TakeImage(*fs, "data"), image) << "nothing was changed: " << named.front();
  EXPECT_EQ(CodeOf(store::Rehearse(*fs, "data")), Code::kDamaged) << "nor does verify pass it";
}

class LostParts : public ::testing::Test {
 protected:
  // Each part of a store that was killed and of one that was stopped.
  void EachWithout(const std::string& part, const std::vector<std::string>& named) {
    for (const DiskImage* image : {&store_.killed, &store_.stopped}) {
      ASSERT_TRUE(Holds(*image, part)) << part;
      ExpectRefused(Without(*image, part), named);
    }
  }

  const DamageStore store_{TestSeed(), TinySealingOptions()};
};

TEST_F(LostParts, ThePartition) {
  EachWithout("data/p0000/", {"data/p0000: is missing", "data/STORE", "mounted", "backup"});
}

TEST_F(LostParts, Manifest) {
  EachWithout("data/p0000/MANIFEST", {"data/p0000/MANIFEST: is missing", "backup"});
}

TEST_F(LostParts, AllButOneCopyOfTheIdentity) {
  for (const char* name : {"data/STORE", "data/STORE.bak"}) {
    ExpectRefused({{name, store_.stopped.at(name)}}, {"data/p0000: is missing"});
  }
}

TEST_F(LostParts, BothCopiesOfTheIdentity) {
  for (const char* rest : {"data/p0000/nothing", "data/p0000/log/", "data/p0000/seg/"}) {
    ExpectRefused(Without(Without(store_.stopped, "data/STORE"), rest), {"STORE", "backup"});
  }
  DiskImage only_manifest;
  only_manifest["data/p0000/MANIFEST"] = store_.stopped.at("data/p0000/MANIFEST");
  ExpectRefused(only_manifest, {"STORE", "backup"});
  ExpectRefused(Without(Without(store_.stopped, "data/STORE"), "data/p0000/MANIFEST"), {"STORE"});
}

TEST_F(LostParts, FoldersOfTheTruth) {
  EachWithout("data/p0000/log/", {"data/p0000/log: is missing", "backup"});
  EachWithout("data/p0000/seg/", {"data/p0000/seg: is missing", "backup"});
}

TEST_F(LostParts, FoldersOfWhatIsDerived) {
  EachWithout("data/p0000/idx/", {"data/p0000/idx: is missing", "oncelog rebuild"});
  EachWithout("data/p0000/state/", {"data/p0000/state: is missing", "oncelog rebuild"});
}

// As a copy leaves them out that takes files only.
TEST(LostFolders, EmptyOnesAreMadeAgain) {
  UnsyncedFileSystem fs;
  TinyWorkload work(TestSeed());
  Status outcome = OkStatus();
  {
    auto engine = Engine::Open(fs, "data", TinyOptions()).Take();
    EXPECT_EQ(work.Publish(*engine, &outcome), "");
    EXPECT_TRUE(outcome.ok() && engine->Stop().ok());
  }
  const DiskImage image = TakeImage(fs, "data");
  EXPECT_FALSE(Holds(image, "data/p0000/seg/"));
  const std::unique_ptr<UnsyncedFileSystem> copy = PutImage(image);
  Result<std::unique_ptr<Engine>> engine = Engine::Open(*copy, "data", TinyOptions());
  ASSERT_TRUE(engine.ok()) << engine.error().message();
  EXPECT_EQ(work.oracle().Check(**engine), "");
}

// What a first start left, whatever it was, is taken, and only then are there events to lose.
std::string Begins(UnsyncedFileSystem& fs, uint64_t seed) {
  TinyWorkload work(seed);
  Result<std::unique_ptr<Engine>> engine = Engine::Open(fs, "data", TinyOptions());
  if (!engine.ok()) return engine.error().message();
  Status outcome = OkStatus();
  std::string wrong = work.Publish(**engine, &outcome);
  if (wrong.empty() && !outcome.ok()) wrong = outcome.error().message();
  if (wrong.empty() && !(*engine)->Stop().ok()) wrong = "does not stop";
  engine->reset();
  if (!wrong.empty()) return wrong;
  engine = Engine::Open(fs, "data", TinyOptions());
  return engine.ok() ? work.oracle().Check(**engine) : engine.error().message();
}

TEST(FirstStart, CutShortAtAnyCallBeginsAnew) {
  const uint64_t seed = TestSeed();
  uint64_t cut_short = 0;
  for (uint64_t nth = 1;; ++nth) {
    UnsyncedFileSystem fs;
    FaultFileSystem faults(fs);
    faults.Plan({.call = FsCall::kChange, .nth = nth, .for_ever = true});
    const bool opened = Engine::Open(faults, "data", TinyOptions()).ok();
    for (uint64_t power = 0; power < 8; ++power) {
      EXPECT_EQ(Begins(*fs.LosePower(power), seed), "") << "call " << nth << ", power " << power;
    }
    EXPECT_EQ(Begins(fs, seed), "") << "call " << nth;
    if (opened) break;
    ++cut_short;
  }
  EXPECT_GT(cut_short, 20U) << "a first start makes many calls";
}

}  // namespace
}  // namespace oncelog::test
