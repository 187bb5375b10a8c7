// Sealing while the store lives: a process that dies, a call that fails or a disk that is full at
// any step of it leaves every event in exactly one place, and what a reader is told does not depend
// on how much is sealed: events, order, pages and cursors are the same.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "store/verify/verifier.h"
#include "tests/model/tiny_store.h"
#include "tests/support/code_of.h"
#include "tests/support/disk_image.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Engine;
using ingest::EngineOptions;

EngineOptions Unsealed(EngineOptions options = TinySealingOptions()) {
  options.sealing.bytes_per_second = 0;
  return options;
}

size_t FilesOf(UnsyncedFileSystem& fs, const std::string& folder, const std::string& kind) {
  size_t files = 0;
  const Result<std::vector<std::string>> names = fs.List("data/p0000/" + folder);
  for (const std::string& name : *names) files += name.ends_with(kind) ? 1 : 0;
  return files;
}

bool AllSealed(Engine& engine) {
  return Becomes([&] { return engine.figures().seal_backlog_bytes == 0; });
}

class SealingTest : public ::testing::Test {
 protected:
  // A store with several log files to seal, none of them sealed yet.
  void SetUp() override {
    UnsyncedFileSystem fs;
    auto engine = Engine::Open(fs, "data", Unsealed()).Take();
    Status outcome = OkStatus();
    const auto enough = [&] {
      const ingest::EngineFigures figures = engine->figures();
      return figures.log_files >= 8 && figures.log_past_cover_records <= 150 &&
             figures.index.table_entries < 48;  // no flush is due
    };
    while (!enough()) ASSERT_EQ(work_.Publish(*engine, &outcome), "");
    ASSERT_TRUE(engine->Stop().ok());
    unsealed_ = TakeImage(fs, "data");
  }

  // What is wrong with the store as it lies there, or empty; afterwards sealing is done with it.
  std::string Judge(UnsyncedFileSystem& fs) {
    {
      auto engine = Engine::Open(fs, "data", Unsealed());
      if (!engine.ok()) return "refused to start: " + engine.error().message();
      if (std::string wrong = work_.oracle().Check(**engine); !wrong.empty()) return wrong;
    }
    auto engine = Engine::Open(fs, "data", TinySealingOptions());
    if (!engine.ok()) return "refused to start again: " + engine.error().message();
    if (!AllSealed(**engine)) return "sealing does not come to an end";
    std::string wrong = work_.oracle().Check(**engine);
    if (!(*engine)->Stop().ok()) return "it does not stop";
    const ingest::EngineFigures figures = (*engine)->figures();
    if (figures.segments == 0) return "nothing was sealed";
    engine->reset();
    const store::VerifyReport report = store::VerifyStore(fs, "data", nullptr).Take();
    if (!report.clean()) return Describe(report.findings.damage().front());
    if (FilesOf(fs, "seg", ".seg") != figures.segments) return "a segment was left over";
    if (FilesOf(fs, "log", ".log") != figures.log_files) return "a log file was left over";
    return wrong;
  }

  const uint64_t seed_ = TestSeed();
  TinyWorkload work_{seed_};
  DiskImage unsealed_;
};

// Each step of sealing is some change on the disk; from the n-th on none gets there any more.
TEST_F(SealingTest, AProcessThatDiesAtAnyStep) {
  bool struck = true;
  for (uint64_t nth = 1; struck; ++nth) {
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(unsealed_);
    FaultFileSystem faults(*fs);
    faults.Plan({.call = FsCall::kChange, .nth = nth, .for_ever = true});
    {
      auto engine = Engine::Open(faults, "data", TinySealingOptions());
      if (engine.ok()) {
        ASSERT_TRUE(Becomes(
            [&] { return faults.faults() > 0 || (*engine)->figures().seal_backlog_bytes == 0; }));
        struck = faults.faults() > 0;
      }
    }
    for (const uint64_t power : {uint64_t{1}, uint64_t{2}}) {
      const auto after = fs->LosePower(seed_ + nth * power, power == 1 ? 512 : 4096);
      ASSERT_EQ(Judge(*after), "")
          << "power loss " << power << " at change " << nth << ", ONCELOG_TEST_SEED=" << seed_;
    }
    ASSERT_EQ(Judge(*fs), "") << "kill at change " << nth << ", ONCELOG_TEST_SEED=" << seed_;
  }
}

// A call that fails does not end the process; the MANIFEST that could not be replaced may be the
// one on the disk all the same.
TEST_F(SealingTest, ACallThatFailsAtAnyStep) {
  for (const FsCall call : {FsCall::kRename, FsCall::kDirectorySync, FsCall::kMap, FsCall::kOpen}) {
    bool struck = true;
    for (uint64_t nth = 1; struck; ++nth) {
      const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(unsealed_);
      FaultFileSystem faults(*fs);
      faults.Plan({.call = call, .nth = nth});
      {
        auto engine = Engine::Open(faults, "data", TinySealingOptions());
        if (engine.ok()) {
          ASSERT_TRUE(Becomes(
              [&] { return faults.faults() > 0 || (*engine)->figures().seal_backlog_bytes == 0; }));
          struck = faults.faults() > 0;
          faults.Heal();  // the reads of the oracle are not what is tested
          ASSERT_EQ(work_.oracle().Check(**engine), "");
        }
      }
      const auto after = fs->LosePower(seed_ + nth);
      ASSERT_EQ(Judge(*after), "") << "power loss after call " << nth << " of kind "
                                   << static_cast<int>(call) << ", ONCELOG_TEST_SEED=" << seed_;
      ASSERT_EQ(Judge(*fs), "") << "kill after call " << nth << " of kind "
                                << static_cast<int>(call) << ", ONCELOG_TEST_SEED=" << seed_;
    }
  }
}

// No directory is synced any more: of the MANIFESTs since then a power loss may bring back any. A
// start on a full disk, which cannot write another one, must not take away what that one lists.
TEST_F(SealingTest, AFullDiskAfterSyncsThatFailed) {
  bool struck = true;
  for (uint64_t nth = 1; struck; ++nth) {
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(unsealed_);
    FaultFileSystem faults(*fs);
    faults.Plan({.call = FsCall::kDirectorySync, .nth = nth, .for_ever = true});
    if (auto engine = Engine::Open(faults, "data", TinySealingOptions()); engine.ok()) {
      ASSERT_TRUE(Becomes(
          [&] { return faults.faults() > 0 || (*engine)->figures().seal_backlog_bytes == 0; }));
    }
    struck = faults.faults() > 0;
    FaultFileSystem full(*fs);
    full.Plan({.call = FsCall::kDataSync,
               .code = Code::kDiskFull,
               .for_ever = true,
               .path_part = "MANIFEST"});
    (void)Engine::Open(full, "data", TinySealingOptions());
    for (uint64_t power = 0; power < 8; ++power) {
      const auto after = fs->LosePower(seed_ + nth * 8 + power);
      ASSERT_EQ(Judge(*after), "")
          << "power loss after directory sync " << nth << ", ONCELOG_TEST_SEED=" << seed_;
    }
  }
}

TEST_F(SealingTest, AnEditThatFailedIsMadeLater) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(unsealed_);
  FaultFileSystem faults(*fs);
  faults.Plan(
      {.call = FsCall::kRename, .nth = 2, .path_part = "MANIFEST"});  // the start's is first
  auto engine = Engine::Open(faults, "data", TinySealingOptions()).Take();
  EXPECT_TRUE(AllSealed(*engine));
  EXPECT_EQ(faults.faults(), 1U);
  EXPECT_EQ(FilesOf(*fs, "seg", ".seg"), engine->figures().segments) << "none was made twice";
  EXPECT_EQ(work_.oracle().Check(*engine), "");
  engine.reset();
  EXPECT_EQ(Judge(*fs), "") << "ONCELOG_TEST_SEED=" << seed_;
}

TEST_F(SealingTest, AFullDiskIsWaitedOutAndKeepsNobodyFromPublishing) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(unsealed_);
  EngineOptions options = TinySealingOptions();
  options.sealing.group_bytes_max = uint64_t{192} << 10;
  // The reserve, and room for another log file, but not for the segment.
  fs->set_capacity_bytes(fs->used_bytes() + (uint64_t{1} << 20) + (uint64_t{70} << 10));
  auto engine = Engine::Open(*fs, "data", options).Take();
  ASSERT_TRUE(
      Becomes([&] { return engine->health_detail().find("segment") != std::string::npos; }));
  Status outcome = OkStatus();
  EXPECT_EQ(work_.Publish(*engine, &outcome), "");
  EXPECT_TRUE(outcome.ok()) << outcome.error().message();
  EXPECT_EQ(engine->health(), ingest::Health::kOk);
  EXPECT_EQ(engine->figures().segments, 0U);
  fs->set_capacity_bytes(uint64_t{1} << 40);
  EXPECT_TRUE(Becomes([&] { return engine->figures().segments > 0; }));
  EXPECT_TRUE(AllSealed(*engine));
  EXPECT_TRUE(Becomes([&] { return engine->health_detail().empty(); }));
  engine.reset();
  EXPECT_EQ(Judge(*fs), "") << "ONCELOG_TEST_SEED=" << seed_;
}

// The log files under a reader are sealed meanwhile, but stay until it is done.
TEST_F(SealingTest, AReaderGoesOnWithTheFilesItBeganWith) {
  UnsyncedFileSystem fs;
  auto engine = Engine::Open(fs, "data", TinySealingOptions()).Take();
  TinyWorkload work(seed_);
  Status outcome = OkStatus();
  std::string wrong = work.Publish(*engine, &outcome);
  uint64_t last = 0;
  const auto visit = [&](const store::EventView& event) {
    while (wrong.empty() && engine->figures().segments == 0)
      wrong = work.Publish(*engine, &outcome);
    EXPECT_TRUE(*fs.Exists("data/p0000/log/1.log")) << "it is being read";
    EXPECT_GT(event.position.value, last);
    last = event.position.value;
  };
  const auto end = engine->reader().ScanAll({}, visit);
  EXPECT_TRUE(end.ok());
  EXPECT_EQ(wrong, "");
  EXPECT_GT(last, 0U);
  EXPECT_TRUE(Becomes([&] { return !*fs.Exists("data/p0000/log/1.log"); }));
  EXPECT_EQ(work.oracle().Check(*engine), "");
}

// A process that is killed meanwhile leaves them, with all that was erased from them since; however
// often MANIFEST changed in between, the next start knows that they can go.
TEST_F(SealingTest, WhatAReaderHeldGoesAtTheNextStart) {
  constexpr size_t kSeals = 3;
  UnsyncedFileSystem fs;
  auto engine = Engine::Open(fs, "data", TinySealingOptions()).Take();
  TinyWorkload work(seed_);
  Status outcome = OkStatus();
  std::string wrong = work.Publish(*engine, &outcome);
  DiskImage killed;
  const auto end = engine->reader().ScanAll({}, [&](const store::EventView&) {
    while (wrong.empty() && engine->figures().segments < kSeals) {
      wrong = work.Publish(*engine, &outcome);
    }
    if (killed.empty()) killed = TakeStillImage(fs, "data");
  });
  ASSERT_TRUE(end.ok());
  ASSERT_EQ(wrong, "");
  ASSERT_TRUE(killed.contains("data/p0000/log/1.log"));
  const std::unique_ptr<UnsyncedFileSystem> after = PutImage(killed);
  auto again = Engine::Open(*after, "data", Unsealed()).Take();
  EXPECT_FALSE(*after->Exists("data/p0000/log/1.log"));
  EXPECT_EQ(work.oracle().Check(*again), "");
}

// At the bound nothing of a batch is stored, and it is taken when some log is sealed; a little
// below it is taken, more slowly. (seal_pace_test has the bound to the byte.)
TEST_F(SealingTest, PublishingIsRefusedWhileTooMuchLogWaits) {
  const Fault no_segments{.call = FsCall::kOpen,
                          .code = Code::kDiskFull,  // which waiting may mend
                          .for_ever = true,
                          .path_part = "/seg/"};
  Status outcome = OkStatus();
  uint64_t backlog = 0;
  for (const uint64_t beyond : {uint64_t{0}, uint64_t{64} << 10}) {
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(unsealed_);
    FaultFileSystem faults(*fs);
    faults.Plan(no_segments);
    EngineOptions options = TinySealingOptions();
    if (backlog == 0)
      backlog = Engine::Open(faults, "data", options).Take()->figures().seal_backlog_bytes;
    ASSERT_GT(backlog, 0U);
    options.sealing.backlog_bytes_max = backlog + beyond;
    TinyWorkload work = work_;
    auto engine = Engine::Open(faults, "data", options).Take();
    ASSERT_EQ(engine->figures().seal_backlog_bytes, backlog);
    if (beyond > 0) {
      EXPECT_EQ(work.Publish(*engine, &outcome), "");
      EXPECT_TRUE(outcome.ok()) << outcome.error().message();
      EXPECT_EQ(work.Publish(*engine, &outcome), "");
      EXPECT_GT(engine->figures().seal_pause_seconds, 0);
      continue;
    }
    const uint64_t events = engine->reader().Totals().events;
    EXPECT_EQ(work.Publish(*engine, &outcome), "");
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code(), Code::kBusy);
    EXPECT_EQ(engine->reader().Totals().events, events);
    EXPECT_EQ(engine->health(), ingest::Health::kOk);
    EXPECT_FALSE(engine->health_detail().empty());
    ingest::Change change{ingest::SetSettings{"topic1", {1000, 0}}, {}};
    EXPECT_TRUE(engine->ApplyChange(&change).ok()) << "what frees space is taken";
    change = {ingest::SetSettings{"topic1", {}}, {}};  // as the oracle knows it
    EXPECT_TRUE(engine->ApplyChange(&change).ok());
    faults.Heal();
    EXPECT_TRUE(Becomes([&] {
      EXPECT_EQ(work.Publish(*engine, &outcome), "");
      return outcome.ok();
    }));
    EXPECT_EQ(work.oracle().Check(*engine), "");
  }
}

// A bound that nothing could ever lift again would stop the store for good.
TEST_F(SealingTest, NothingIsRefusedWhereNothingWillBeSealed) {
  EngineOptions off = Unsealed();
  off.sealing.backlog_bytes_max = 1;
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(unsealed_);
  Status outcome = OkStatus();
  TinyWorkload work = work_;
  {
    auto engine = Engine::Open(*fs, "data", off).Take();
    EXPECT_EQ(work.Publish(*engine, &outcome), "");
    EXPECT_TRUE(outcome.ok()) << outcome.error().message();
  }
  DiskImage damaged = unsealed_;
  std::string& log = damaged.at("data/p0000/log/1.log");
  log[log.find("id1")] ^= 1;  // within the first frame, which the start does not read again
  const std::unique_ptr<UnsyncedFileSystem> bad = PutImage(damaged);
  EngineOptions options = TinySealingOptions();
  options.sealing.backlog_bytes_max = 1;
  auto engine = Engine::Open(*bad, "data", options).Take();
  ASSERT_TRUE(Becomes([&] { return engine->health_detail().find("1.log") != std::string::npos; }));
  EXPECT_GT(engine->figures().seal_backlog_bytes, 0U);
  work = work_;
  EXPECT_TRUE(Becomes([&] {
    EXPECT_EQ(work.Publish(*engine, &outcome), "");
    return outcome.ok();
  }));
}

// To wait would not help while sealing fails; from the first segment on it does again.
TEST_F(SealingTest, NothingIsRefusedWhileSealingFails) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(unsealed_);
  FaultFileSystem faults(*fs);
  faults.Plan({.call = FsCall::kOpen, .for_ever = true, .path_part = ".seg"});
  EngineOptions options = TinySealingOptions();
  options.sealing.backlog_bytes_max = 1;
  auto engine = Engine::Open(faults, "data", options).Take();
  ASSERT_TRUE(Becomes([&] { return engine->health_detail().find(".seg") != std::string::npos; }));
  EXPECT_GT(engine->figures().seal_backlog_bytes, 0U);
  TinyWorkload work = work_;
  EXPECT_TRUE(Becomes([&] {
    Status outcome = OkStatus();
    EXPECT_EQ(work.Publish(*engine, &outcome), "");
    return outcome.ok();
  }));
  // The first segment is opened to be written and to be read; the next one is not written yet.
  faults.PlanInstead({.call = FsCall::kOpen, .nth = 3, .path_part = "/seg/", .waits = true});
  EXPECT_TRUE(Becomes([&] { return faults.waiting() == 1; }));
  EXPECT_EQ(engine->figures().segments, 1U);
  EXPECT_GT(engine->figures().seal_backlog_bytes, 0U);
  Status outcome = OkStatus();
  EXPECT_EQ(work.Publish(*engine, &outcome), "");
  EXPECT_EQ(CodeOf(outcome), Code::kBusy);
  faults.Heal();
  EXPECT_TRUE(AllSealed(*engine));
  EXPECT_TRUE(Becomes([&] { return engine->health_detail().empty(); }));
}

// Many small log files, as many starts leave them, become few segments.
TEST_F(SealingTest, SmallLogFilesAreSealedTogether) {
  auto fs = std::make_unique<UnsyncedFileSystem>();
  TinyWorkload work(seed_);
  constexpr size_t kStarts = 30;
  for (size_t start = 0; start < kStarts; ++start) {
    auto engine = Engine::Open(*fs, "data", Unsealed()).Take();
    Status outcome = OkStatus();
    ASSERT_EQ(work.Publish(*engine, &outcome), "");
    auto killed = PutImage(TakeStillImage(*fs, "data"));
    engine.reset();
    fs = std::move(killed);
  }
  ASSERT_GE(FilesOf(*fs, "log", ".log"), kStarts / 2);  // counted before the sealer may begin
  auto engine = Engine::Open(*fs, "data", TinySealingOptions()).Take();
  EXPECT_TRUE(AllSealed(*engine));
  EXPECT_GT(engine->figures().segments, 0U);
  EXPECT_LT(engine->figures().segments, kStarts / 3);
  EXPECT_EQ(work.oracle().Check(*engine), "");
}

}  // namespace
}  // namespace oncelog::test
