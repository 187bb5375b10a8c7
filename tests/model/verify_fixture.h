// What the tests of verify and rebuild share: a store in every state it may be found in, damage to
// it, and what must come out.
//
//   class MyTest : public VerifyTest { MyTest() : VerifyTest(TinySealingOptions()) {} };
//   Expect(damaged_image, "data/p0000/seg/7.seg", "a flipped bit");
//
// Threads: one.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/index/entry_order.h"
#include "store/index/run.h"
#include "store/index/run_cursor.h"
#include "store/manifest.h"
#include "store/store_identity.h"
#include "store/verify/verifier.h"
#include "tests/model/damage_store.h"
#include "tests/model/tiny_store.h"
#include "tests/support/disk_image.h"
#include "tests/support/test_seed.h"

namespace oncelog::test {

inline const std::string kPartition = "data/p0000";

inline std::string AllOf(const store::VerifyReport& report) {
  std::string lines;
  for (const store::Finding& finding : report.findings.damage()) lines += Describe(finding) + "\n";
  return lines;
}

// What the manifest of an image's store lists.
struct Parts {
  store::StoreIdentity identity;
  store::Manifest manifest;
};

inline Parts PartsOf(store::FileSystem& fs) {
  const std::string path = store::ManifestPath(kPartition);
  Parts parts;
  parts.identity =
      store::DecodeIdentity(*store::ReadWholeFile(fs, "data/STORE"), "data/STORE").Take();
  parts.manifest =
      store::DecodeManifest(*store::ReadWholeFile(fs, path), parts.identity.checksum_seed(), path)
          .Take();
  return parts;
}

inline std::vector<event::IndexEntry> EntriesOfRun(store::FileSystem& fs,
                                                   const store::RunInfo& info, uint64_t seed) {
  store::RunCursor cursor(store::Run::Open(fs, kPartition + "/idx", info, seed).Take());
  std::vector<event::IndexEntry> entries;
  while (*cursor.NextPage()) {
    for (; cursor.HasEntry(); cursor.Skip()) entries.push_back(cursor.entry());
  }
  return entries;
}

// What is derived, apart from the names of its files and how it is spread over runs.
struct Derived {
  std::string checkpoint;
  std::vector<event::IndexEntry> entries;
};

inline Derived DerivedOf(store::FileSystem& fs) {
  const Parts parts = PartsOf(fs);
  const uint64_t seed = parts.identity.checksum_seed();
  Derived derived;
  derived.checkpoint =
      *store::ReadWholeFile(fs, store::CheckpointPath(kPartition, parts.manifest.checkpoint_id));
  for (const store::RunInfo& run : parts.manifest.runs) {
    const std::vector<event::IndexEntry> entries = EntriesOfRun(fs, run, seed);
    derived.entries.insert(derived.entries.end(), entries.begin(), entries.end());
  }
  std::sort(derived.entries.begin(), derived.entries.end(), store::EntryBefore);
  return derived;
}

inline std::set<std::string> DerivedFilesOf(store::FileSystem& fs) {
  const store::Manifest manifest = PartsOf(fs).manifest;
  std::set<std::string> files = {store::CheckpointPath(kPartition, manifest.checkpoint_id)};
  for (const store::RunInfo& run : manifest.runs) {
    files.insert(store::RunPath(kPartition + "/idx", run.id));
  }
  for (const store::LogFileInfo& log : manifest.logs) {
    if (log.closed) files.insert(store::TopicIndexPath(kPartition, log.id));
  }
  return files;
}

inline bool SameButLock(DiskImage a, DiskImage b) {
  a.erase("data/LOCK");
  b.erase("data/LOCK");
  return a == b;
}

class VerifyTest : public ::testing::Test {
 protected:
  explicit VerifyTest(const ingest::EngineOptions& options = TinyOptions(), bool some_gone = true)
      : store_(seed_, options, some_gone) {}

  static store::VerifyReport Verify(store::FileSystem& fs) {
    return store::VerifyStore(fs, "data", nullptr).Take();
  }
  // Whether a start or any reading takes notice.
  bool IsNoticed(const DiskImage& image) {
    const auto fs = PutImage(image);
    Result<std::unique_ptr<ingest::Engine>> engine =
        ingest::Engine::Open(*fs, "data", TinyOptions());
    if (!engine.ok()) return true;
    TinyWorkload work = store_.work;
    if (!work.oracle().Check(**engine).empty()) return true;
    std::vector<Error> errors;
    return !work.PublishAllAgain(**engine, &errors).empty() || !errors.empty();
  }
  // Verify names the damaged file, or nobody would notice the damage, and nothing is changed.
  void Expect(const DiskImage& image, const std::string& file, const std::string& damage) {
    const auto fs = PutImage(image);
    const auto verified = store::VerifyStore(*fs, "data", nullptr);
    if (!verified.ok()) {  // the bit that says which version MANIFEST is of
      ++seen_;
      EXPECT_EQ(verified.error().code(), Code::kTooNew) << damage;
      EXPECT_NE(verified.error().message().find("MANIFEST"), std::string::npos) << damage;
      EXPECT_TRUE(SameButLock(TakeImage(*fs, "data"), image)) << damage;
      return;
    }
    const store::VerifyReport& report = *verified;
    EXPECT_TRUE(SameButLock(TakeImage(*fs, "data"), image)) << damage << ": something was changed";
    if (report.clean()) {
      EXPECT_FALSE(IsNoticed(image)) << damage << " is not seen, ONCELOG_TEST_SEED=" << seed_;
      return;
    }
    ++seen_;
    const std::string name = file.substr(file.find_last_of('/') + 1);
    EXPECT_NE(AllOf(report).find(name.substr(0, name.find(".bak"))), std::string::npos)
        << damage << " is not named:\n"
        << AllOf(report) << "ONCELOG_TEST_SEED=" << seed_;
  }
  // After a rebuild the store starts, and has all it had.
  void ExpectWhole(store::FileSystem& fs, const std::string& damage) {
    Result<std::unique_ptr<ingest::Engine>> engine =
        ingest::Engine::Open(fs, "data", TinyOptions());
    ASSERT_TRUE(engine.ok()) << damage << ": " << engine.error().message();
    TinyWorkload work = store_.work;
    EXPECT_EQ(work.oracle().Check(**engine), "") << damage;
    std::vector<Error> errors;
    EXPECT_EQ(work.PublishAllAgain(**engine, &errors), "") << damage;
    EXPECT_TRUE(errors.empty()) << damage;
  }
  // Bits, lengths, zeros, missing and older copies, of all files of that kind.
  void DamageFiles(const std::string& kind) {
    int files = 0;
    for (const DiskImage* image : {&store_.killed, &store_.stopped}) {
      for (const auto& [path, bytes] : *image) {
        if (KindOf(path) != kind) continue;
        ++files;
        const size_t used = UsedBytes(bytes);
        for (int i = 0; i < 6 && used > 0; ++i) {
          uint64_t at = Draw(used);
          if (i == 0) at = std::min<uint64_t>(used - 1, Draw(64));
          if (i == 1) at = used - 1;
          DiskImage damaged = *image;
          damaged[path][at] = static_cast<char>(damaged[path][at] ^ (1 << Draw(8)));
          Expect(damaged, path, path + ": bit flip at " + std::to_string(at));
        }
        for (int i = 0; i < 3; ++i) {
          DiskImage damaged = *image;
          damaged[path].resize(i == 0 ? 0 : Draw(used + 1));
          Expect(damaged, path, path + ": cut to " + std::to_string(damaged[path].size()));
        }
        DiskImage missing = *image;
        missing.erase(path);
        Expect(missing, path, path + ": missing");
        DiskImage zeroed = *image;
        const uint64_t page = Draw(used / 4096 + 1) * 4096;
        for (size_t at = page; at < std::min<size_t>(page + 4096, bytes.size()); ++at) {
          zeroed[path][at] = 0;
        }
        Expect(zeroed, path, path + ": zeros at " + std::to_string(page));
        for (const DiskImage* then : {&store_.early_stopped, &store_.middle}) {
          const auto old = then->find(path);
          if (old == then->end() || old->second == bytes) continue;
          DiskImage aged = *image;
          aged[path] = old->second;
          Expect(aged, path, path + ": an older copy put back");
        }
      }
    }
    EXPECT_GT(files, 0);
    EXPECT_GT(seen_, files);
  }
  uint64_t Draw(uint64_t below) { return random_() % below; }

  const uint64_t seed_ = TestSeed();
  std::mt19937_64 random_{seed_};
  const DamageStore store_;
  int seen_ = 0;
};

}  // namespace oncelog::test
