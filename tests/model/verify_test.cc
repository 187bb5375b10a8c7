// verify and rebuild: a healthy store is clean in every state it may be found in; whatever damage a
// start or a read would notice, verify names the file; what is derived is made again, bit for bit,
// and a crash on the way leaves the old store or the new one.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/index/entry_order.h"
#include "store/index/run_writer.h"
#include "store/log/frame.h"
#include "store/rebuild/rebuild.h"
#include "tests/model/verify_fixture.h"
#include "tests/support/fault_file_system.h"

namespace oncelog::test {
namespace {

using event::IndexEntry;
using ingest::Engine;
using store::VerifyReport;

enum class Wrong { kMissing, kSequence, kContent, kStrange, kTwice };

// Writes the first run again with whole checksums, but with one entry that is wrong.
void RewriteARun(store::FileSystem& fs, Wrong wrong) {
  Parts parts = PartsOf(fs);
  const uint64_t seed = parts.identity.checksum_seed();
  std::vector<IndexEntry> entries = EntriesOfRun(fs, parts.manifest.runs.front(), seed);
  const IndexEntry one = entries[entries.size() / 2];
  const event::Fingerprint strange{one.word0, (one.word1 >> 24) ^ 1};
  const auto make = [&](uint64_t sequence, uint64_t content) {
    return IndexEntry::Make(one.fingerprint(), {sequence}, {content});
  };
  IndexEntry& there = entries[entries.size() / 2];
  switch (wrong) {
    case Wrong::kMissing: entries.erase(entries.begin()); break;
    case Wrong::kSequence: there = make(one.sequence().value + 1, one.content().value); break;
    case Wrong::kContent: there = make(one.sequence().value, one.content().value ^ 1); break;
    case Wrong::kStrange: there = IndexEntry::Make(strange, one.sequence(), one.content()); break;
    case Wrong::kTwice:
      entries.push_back(EntriesOfRun(fs, parts.manifest.runs.back(), seed).front());
      std::sort(entries.begin(), entries.end(), store::EntryBefore);
      break;
  }
  store::ManifestKeeper keeper(fs, kPartition, seed, parts.manifest);
  auto writer = store::RunWriter::Create(fs, kPartition + "/idx",
                                         {keeper.NewFileId(), entries.size(), seed}, nullptr)
                    .Take();
  for (const IndexEntry& entry : entries) ASSERT_TRUE(writer->Add(entry).ok());
  const store::RunInfo info = writer->Finish().Take();
  ASSERT_TRUE(keeper.Edit([&](store::Manifest& m) { m.runs.front() = info; }).ok());
}

TEST_F(VerifyTest, AHealthyStoreIsClean) {
  for (const DiskImage* image :
       {&store_.early_stopped, &store_.middle, &store_.killed, &store_.stopped}) {
    const auto fs = PutImage(*image);
    const VerifyReport report = Verify(*fs);
    EXPECT_TRUE(report.clean()) << AllOf(report) << "ONCELOG_TEST_SEED=" << seed_;
    EXPECT_EQ(report.events, report.index_entries + report.tail_events);
    EXPECT_GT(report.events, 0U);
    if (image == &store_.stopped) {
      EXPECT_GT(report.index_entries, 0U);
    }
    auto engine = Engine::Open(*fs, "data", TinyOptions()).Take();
    EXPECT_EQ(report.events, engine->opened().events);
    EXPECT_EQ(report.topics, engine->opened().topics);
    EXPECT_EQ(report.duplicates, engine->reader().Totals().duplicates);
    EXPECT_EQ(report.conflicts, engine->reader().Totals().conflicts);
  }
}

TEST_F(VerifyTest, AStoreInUseIsLeftAlone) {
  const auto fs = PutImage(store_.stopped);
  auto engine = Engine::Open(*fs, "data", TinyOptions()).Take();
  const auto report = store::VerifyStore(*fs, "data", nullptr);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code(), Code::kLocked);
  const auto rebuilt = store::RebuildStore(*fs, "data", {}, nullptr);
  ASSERT_FALSE(rebuilt.ok());
  EXPECT_EQ(rebuilt.error().code(), Code::kLocked);
  const auto nothing = store::VerifyStore(*fs, "elsewhere", nullptr);
  ASSERT_FALSE(nothing.ok());
  EXPECT_EQ(nothing.error().code(), Code::kNotFound);
  EXPECT_FALSE(*fs->Exists("elsewhere/LOCK"));
}

TEST_F(VerifyTest, StrangersAreNoDamage) {
  DiskImage image = store_.stopped;
  image["data/p0000/log/notes.txt"] = "mine";
  image["data/p0000/idx/99999.run"] = "left by a crash";
  const auto fs = PutImage(image);
  const VerifyReport report = Verify(*fs);
  EXPECT_TRUE(report.clean()) << AllOf(report);
  std::string notes;
  for (const std::string& note : report.findings.notes()) notes += note + "\n";
  EXPECT_NE(notes.find("notes.txt: is no file of the store"), std::string::npos) << notes;
  EXPECT_NE(notes.find("99999.run: left by a crash"), std::string::npos) << notes;
}

// No start and no reader looks at them. Of a log that was not closed the last frame may be torn.
TEST_F(VerifyTest, OtherThanZerosBetweenFramesAreNamed) {
  const auto fs = PutImage(store_.stopped);
  const Parts parts = PartsOf(*fs);
  const std::vector<store::LogFileInfo>& logs = parts.manifest.logs;
  const auto log = std::find_if(logs.begin(), logs.end(), [](const auto& info) {
    return info.closed && info.end_offset > 0;
  });
  ASSERT_NE(log, logs.end());
  const std::string path = store::LogPath(kPartition, log->id);
  const std::string& bytes = store_.stopped.at(path);
  uint64_t behind = 0;  // the first frame that does not fill its last block
  for (bool full = true; full;) {
    store::FrameHeader frame;
    ASSERT_EQ(store::DecodeFrameHeader(std::string_view(bytes).substr(behind), log->id,
                                       parts.identity.checksum_seed(), &frame),
              store::HeaderState::kValid);
    full = (store::kFrameHeaderBytes + frame.payload_bytes) % store::kBlockBytes == 0;
    behind += frame.size_on_disk();
  }
  ASSERT_LE(behind, log->end_offset);

  DiskImage damaged = store_.stopped;
  damaged.at(path)[behind - 1] = 1;
  const VerifyReport report = Verify(*PutImage(damaged));
  ASSERT_EQ(report.findings.damage_count(), 1U) << AllOf(report);
  EXPECT_EQ(report.findings.damage().front().file, path);
  EXPECT_EQ(report.findings.damage().front().offset, behind - 1);
  EXPECT_FALSE(IsNoticed(damaged));

  DiskImage longer = store_.stopped;
  longer.at(path).resize(log->end_offset);
  longer.at(path).append(5000, 'x');
  EXPECT_TRUE(Verify(*PutImage(longer)).clean()) << "what lies behind the end may be anything";
}

class VerifyDamage : public VerifyTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(VerifyDamage, IsNamed) { DamageFiles(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Files, VerifyDamage,
                         ::testing::Values("STORE", "STORE.bak", "MANIFEST", ".log", ".topics",
                                           ".run", ".ckpt"),
                         [](const auto& kind) {
                           std::string name = kind.param;
                           std::erase(name, '.');
                           return name;
                         });

// The index may be wrong without a checksum being so: then only counting again shows it.
TEST_F(VerifyTest, AnIndexThatDoesNotAgreeWithTheLogIsNamed) {
  const std::vector<std::pair<Wrong, std::string>> cases = {
      {Wrong::kMissing, "in no run that could be read"},
      {Wrong::kSequence, "the index has it as sequence"},
      {Wrong::kContent, "another content hash"},
      {Wrong::kStrange, "that no event of the log has"},
      {Wrong::kTwice, "an identity is stored twice"}};
  for (const auto& [wrong, words] : cases) {
    const auto fs = PutImage(store_.stopped);
    const bool one_run = PartsOf(*fs).manifest.runs.size() == 1;  // some seeds' merges leave one
    if (wrong == Wrong::kTwice && one_run) continue;
    RewriteARun(*fs, wrong);
    EXPECT_NE(AllOf(Verify(*fs)).find(words), std::string::npos) << words << AllOf(Verify(*fs));
    ASSERT_TRUE(store::RebuildStore(*fs, "data", {}, nullptr).ok());
    EXPECT_TRUE(Verify(*fs).clean()) << words;
  }
}

TEST_F(VerifyTest, RebuildingAHealthyStoreChangesNothingButNames) {
  for (const DiskImage* image : {&store_.killed, &store_.stopped}) {
    const auto fs = PutImage(*image);
    const Derived before = DerivedOf(*fs);
    for (const size_t entries : {size_t{7}, size_t{1000000}}) {
      const std::set<std::string> old = DerivedFilesOf(*fs);
      const auto report = store::RebuildStore(*fs, "data", {entries}, nullptr);
      ASSERT_TRUE(report.ok()) << report.error().message();
      const Derived after = DerivedOf(*fs);
      EXPECT_EQ(after.checkpoint, before.checkpoint);
      EXPECT_TRUE(after.entries == before.entries);
      EXPECT_FALSE(after.entries.empty());
      EXPECT_TRUE(Verify(*fs).clean()) << AllOf(Verify(*fs));
      for (const std::string& path : old) {
        const bool renamed = KindOf(path) != ".topics";
        EXPECT_NE(*fs->Exists(path), renamed) << path;
      }
    }
    ExpectWhole(*fs, "rebuilt");
  }
}

TEST_F(VerifyTest, WhatIsDerivedIsMadeAgain) {
  for (const DiskImage* image : {&store_.killed, &store_.stopped}) {
    const std::set<std::string> listed = DerivedFilesOf(*PutImage(*image));
    DiskImage none = *image;
    for (const auto& [path, bytes] : *image) {
      const std::string kind = KindOf(path);
      if (listed.count(path) == 0) continue;
      none.erase(path);
      DiskImage missing = *image;
      missing.erase(path);
      DiskImage damaged = *image;
      damaged[path][Draw(bytes.size())] ^= 4;
      for (const DiskImage* broken : {&missing, &damaged}) {
        const auto fs = PutImage(*broken);
        if (kind == ".ckpt" || (kind == ".run" && broken == &missing)) {
          const auto refused = Engine::Open(*fs, "data", TinyOptions());
          ASSERT_FALSE(refused.ok()) << path;
          EXPECT_NE(refused.error().message().find("oncelog rebuild --data data"),
                    std::string::npos)
              << refused.error().message();
        }
        const auto report = store::RebuildStore(*fs, "data", {}, nullptr);
        ASSERT_TRUE(report.ok()) << path << ": " << report.error().message();
        EXPECT_TRUE(Verify(*fs).clean()) << path << ": " << AllOf(Verify(*fs));
        ExpectWhole(*fs, path);
      }
    }
    const auto fs = PutImage(none);
    ASSERT_TRUE(store::RebuildStore(*fs, "data", {}, nullptr).ok());
    EXPECT_TRUE(Verify(*fs).clean()) << AllOf(Verify(*fs));
    ExpectWhole(*fs, "nothing that is derived was left");
  }
}

// The truth cannot be made again, and its refusal does not promise that.
TEST_F(VerifyTest, TheLogIsNotRebuilt) {
  for (const auto& [path, bytes] : store_.stopped) {
    const std::string kind = KindOf(path);
    const size_t used = UsedBytes(bytes);
    if ((kind != ".log" && kind != "MANIFEST") || used == 0) continue;
    DiskImage damaged = store_.stopped;
    damaged[path][used / 2] ^= 16;
    auto fs = PutImage(damaged);
    if (const auto start = Engine::Open(*fs, "data", TinyOptions()); !start.ok()) {
      EXPECT_EQ(start.error().message().find("rebuild"), std::string::npos)
          << start.error().message();
    }
    fs = PutImage(damaged);
    const auto report = store::RebuildStore(*fs, "data", {}, nullptr);
    if (report.ok()) {  // it hit what no frame counts, the zeros between two of them
      const VerifyReport after = Verify(*fs);
      EXPECT_TRUE(after.clean() || AllOf(after).find("not the zeros") != std::string::npos)
          << path << ": " << AllOf(after);
      continue;
    }
    EXPECT_TRUE(SameButLock(TakeImage(*fs, "data"), damaged)) << path;
    EXPECT_EQ(report.error().code(), Code::kDamaged);
    EXPECT_NE(report.error().message().find(path), std::string::npos) << report.error().message();
  }
}

TEST_F(VerifyTest, ACrashWhileRebuildingLeavesTheOldStoreOrTheNewOne) {
  DiskImage image = store_.killed;
  std::erase_if(image, [](const auto& file) { return KindOf(file.first) == ".topics"; });
  int calls = 0;
  for (bool done = false; !done; ++calls) {
    const auto disk = PutImage(image);
    FaultFileSystem fs(*disk);
    fs.Plan({.call = FsCall::kChange, .nth = static_cast<uint64_t>(calls) + 1, .for_ever = true});
    const auto report = store::RebuildStore(fs, "data", {40}, nullptr);
    done = report.ok();
    const auto after = disk->LosePower(static_cast<uint64_t>(calls));
    ExpectWhole(*after, "power lost at call " + std::to_string(calls));
    if (HasFailure()) break;
  }
  EXPECT_GT(calls, 10);
}

}  // namespace
}  // namespace oncelog::test
