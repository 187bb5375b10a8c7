// Faults at the n-th call while what is gone leaves the disk, n = 1, 2, 3 … until a run is clean: a
// log that is sealed without it, a segment that is written anew. Whatever fails: all that could be
// read before can be read, while it runs, after a restart and after a power loss; what failed is
// tried again; and the next life ends with nothing on the disk that is gone.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/verify/verifier.h"
#include "tests/model/gone_held.h"
#include "tests/model/tiny_store.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/sanitized.h"
#include "tests/support/test_seed.h"

namespace oncelog::test {
namespace {

using ingest::Change;
using ingest::Engine;
using ingest::EngineOptions;

constexpr uint64_t kStride = kSanitized ? 7 : 1;  // which calls is the seed's choice
constexpr uint64_t kMendStride = 4;  // what failed is tried again after a second: not each of them
constexpr size_t kSealedEvents = 24;
constexpr size_t kEvents = 88;  // the others fill a log file, and a table

EngineOptions Leaving() {
  EngineOptions options = TinySealingOptions();
  options.sealing.erase_within = std::chrono::milliseconds(4);
  return options;
}

TestEvent Made(size_t id) { return {"topic" + std::to_string(id % 3), std::to_string(id), 1}; }

std::unique_ptr<Engine> Open(store::FileSystem& fs, const EngineOptions& options) {
  return Engine::Open(fs, "data", options).Take();
}

void Publish(Engine& engine, size_t from, size_t to) {
  for (size_t id = from; id < to; id += 4) {
    const std::vector<TestEvent> events = {Made(id), Made(id + 1), Made(id + 2), Made(id + 3)};
    ASSERT_TRUE(engine.Apply(BatchOf(engine.hash_key(), events)).status.ok());
  }
}

void Erase(Engine& engine, size_t id) {
  const TestEvent event = Made(id);
  Change change{ingest::EraseEvent{event.topic, event.id, event.Json().size()}, {}};
  ASSERT_TRUE(engine.ApplyChange(&change).ok());
}

std::vector<std::string> ReadAll(Engine& engine) {
  std::vector<std::string> rows;
  const auto end = engine.reader().ScanAll({.limit = SIZE_MAX}, [&](const auto& view) {
    rows.push_back(std::to_string(view.position.value) + " " + std::to_string(view.sequence.value) +
                   " " + std::string(view.json));
  });
  EXPECT_TRUE(end.ok()) << end.error().message();
  return rows;
}

bool HasLeft(Engine& engine) {
  return Becomes([&] { return engine.figures().gone_events_on_disk == 0; });
}

class ErasingFaults : public ::testing::TestWithParam<FaultKind> {
 protected:
  // One segment, from which some has left already; more of it is gone since then, and some of a log
  // file that can be sealed as it is.
  void SetUp() override {
    UnsyncedFileSystem fs;
    {
      auto engine = Open(fs, TinyOptions());
      Publish(*engine, 0, kSealedEvents);
      TestEvent conflicting = Made(2);
      conflicting.value = 2;
      ASSERT_TRUE(engine->Apply(BatchOf(engine->hash_key(), {conflicting})).status.ok());
      Erase(*engine, 5);
    }
    {
      auto engine = Open(fs, Leaving());
      ASSERT_TRUE(HasLeft(*engine));
      ASSERT_EQ(engine->figures().segments, 1U);
    }
    auto engine = Open(fs, TinyOptions());
    Publish(*engine, kSealedEvents, kEvents);
    ASSERT_TRUE(Becomes([&] {
      return engine->figures().index.table_entries < TinyOptions().index.table_entries_max;
    }));
    for (const size_t id : {size_t{2}, size_t{7}, kSealedEvents, kSealedEvents + 5}) {
      Erase(*engine, id);
    }
    expected_ = ReadAll(*engine);
    ASSERT_EQ(expected_.size(), kEvents - 5);
    ASSERT_TRUE(engine->Stop().ok());
    before_ = TakeImage(fs, "data");
    const GoneHeld held = GoneHeldIn(before_);
    ASSERT_EQ(held.stubs, 1U);
    ASSERT_EQ(held.blanked_conflicts, 0U);
  }

  // Whether the fault struck before all was done.
  bool LiveUntil(const Fault& fault, UnsyncedFileSystem& fs) {
    FaultFileSystem faults(fs);
    faults.Plan(fault);
    auto engine = Engine::Open(faults, "data", Leaving());
    if (!engine.ok()) {
      EXPECT_GT(faults.faults(), 0U) << engine.error().message();
      EXPECT_NE(engine.error().code(), Code::kDamaged) << engine.error().message();
      return true;
    }
    EXPECT_TRUE(Becomes(
        [&] { return faults.faults() > 0 || (*engine)->figures().gone_events_on_disk == 0; }));
    const bool struck = faults.faults() > 0;
    faults.Heal();
    EXPECT_EQ(ReadAll(**engine), expected_);
    if ((fault.nth + seed_) % kMendStride == 0) ExpectMends(engine.Take(), fault, fs);
    return struck;
  }

  // It goes on by itself, unless a write of the log failed. What cannot be removed goes with the
  // next start.
  static void ExpectMends(std::unique_ptr<Engine> engine, const Fault& fault,
                          UnsyncedFileSystem& fs) {
    const auto read_only = [&] { return engine->health() == ingest::Health::kReadOnly; };
    const auto left = [&] { return engine->figures().gone_events_on_disk == 0; };
    EXPECT_TRUE(Becomes([&] { return left() || read_only(); })) << engine->health_detail();
    const bool stopped = engine->Stop().ok();
    engine.reset();
    if (!stopped || fault.call == FsCall::kRemove) return;
    EXPECT_EQ(GoneHeldIn(TakeImage(fs, "data")).left_over, 0U);
  }

  // What is wrong with the store as it lies there, or empty.
  std::string Judge(UnsyncedFileSystem& fs) {
    auto engine = Engine::Open(fs, "data", Leaving());
    if (!engine.ok()) return "refused to start: " + engine.error().message();
    if (ReadAll(**engine) != expected_) return "what can be read is not the same";
    if (!HasLeft(**engine)) return "what is gone does not leave: " + (*engine)->health_detail();
    if (ReadAll(**engine) != expected_) return "what can be read is not the same afterwards";
    if (!(*engine)->Stop().ok()) return "it does not stop";
    engine->reset();
    const GoneHeld held = GoneHeldIn(TakeImage(fs, "data"));
    if (held.left_over != 0) return "a file that may hold it is left over";
    if (held.stubs != 5) return "not all that is gone is a stub";
    if (held.blanked_conflicts != 1) return "what came in conflict with it is still there";
    const auto report = store::VerifyStore(fs, "data", nullptr);
    if (!report.ok()) return "verify: " + report.error().message();
    return report->clean() ? "" : "verify: " + Describe(report->findings.damage().front());
  }

  const uint64_t seed_ = TestSeed();
  std::vector<std::string> expected_;
  DiskImage before_;
};

TEST_P(ErasingFaults, AtEachCallInTurn) {
  for (const Code code : {Code::kIo, Code::kDiskFull}) {
    if (code == Code::kDiskFull && !GetParam().takes_space) continue;
    int faults = -1;
    uint64_t nth = 1 + seed_ % kStride;
    for (bool struck = true; struck; nth += kStride, ++faults) {
      SCOPED_TRACE(std::string(GetParam().name) + " number " + std::to_string(nth) +
                   (code == Code::kIo ? " fails with kIo" : " fails with kDiskFull") +
                   ", ONCELOG_TEST_SEED=" + std::to_string(seed_));
      const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(before_);
      struck = LiveUntil({.call = GetParam().call, .nth = nth, .code = code}, *fs);
      ASSERT_EQ(Judge(*fs->LosePower(seed_ + nth)), "") << "after a power loss";
      ASSERT_EQ(Judge(*fs), "") << "after a restart";
    }
    std::printf("%s, %s: %d faults\n", GetParam().name, code == Code::kIo ? "kIo" : "kDiskFull",
                faults);
  }
}

INSTANTIATE_TEST_SUITE_P(Calls, ErasingFaults, ::testing::ValuesIn(FaultKinds()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace oncelog::test
