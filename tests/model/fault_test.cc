// Faults at the n-th call, n = 1, 2, 3 … until a run is clean: a small workload through everything
// the engine does (start, frames, settings and erasing among them, log rollover, flushes, merges,
// sealing, stop, start again), in each run one call of one kind failing. Whatever fails: nothing
// acked is lost or doubled, verdicts are true, batches whole, changes done if they were answered
// and not done if they were refused; after a failed log write nothing is acked again until a
// restart; everything else mends by itself; a start that failed can be repeated; power may go at
// any of it.
//
// A failure names kind, code, n and seed. Background work runs on threads of its own, so the n-th
// call is not quite the same one in each run; the seed replays what was published.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/model/tiny_store.h"
#include "tests/support/disk_image.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/sanitized.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Engine;

constexpr int kLives = 2;
constexpr int kBatches = 14;
constexpr int kBatchesAChange = 2;

struct Start {
  std::string name;
  DiskImage image;
  TinyWorkload work;
};

// What a process left that was killed behind a frame: recovery has a last frame to write again.
Start Killed(uint64_t seed) {
  UnsyncedFileSystem fs;
  TinyWorkload work(seed);
  auto engine = Engine::Open(fs, "data", TinySealingOptions()).Take();
  Status outcome = OkStatus();
  for (int i = 0; i < kBatches; ++i) {
    EXPECT_EQ(work.Publish(*engine, &outcome), "");
    if (i % kBatchesAChange == 0) work.Change(*engine, &outcome);
    EXPECT_TRUE(outcome.ok());
  }
  return {"from a killed one", TakeStillImage(fs, "data"), work};
}

class FaultyRun {
 public:
  FaultyRun(const Start& start, const Fault& fault)
      : fs_(PutImage(start.image)), faults_(*fs_), work_(start.work) {
    faults_.Plan(fault);
  }

  // Yields what is wrong, or empty.
  std::string Run() {
    for (int life = 0; life < kLives; ++life) {
      std::string wrong = Live();
      if (!wrong.empty()) return "life " + std::to_string(life) + ": " + wrong;
    }
    faults_.Heal();
    for (const uint64_t seed : {1, 2}) {
      const std::unique_ptr<UnsyncedFileSystem> after = fs_->LosePower(seed, 512 * seed * seed);
      std::string wrong = Reopen(*after, TinyWorkload(work_));
      if (!wrong.empty()) return "after power loss " + std::to_string(seed) + ": " + wrong;
    }
    return Reopen(*fs_, work_);
  }

  [[nodiscard]] bool struck() const { return faults_.faults() > 0; }

 private:
  std::string Live() {
    Result<std::unique_ptr<Engine>> engine = Engine::Open(faults_, "data", TinySealingOptions());
    if (!engine.ok()) {
      if (!struck()) return "refused to start: " + engine.error().message();
      if (engine.error().code() == Code::kDamaged) {
        return "called damaged what a fault left: " + engine.error().message();
      }
      return "";
    }
    for (int i = 0; i < kBatches; ++i) {
      if (std::string wrong = Publish(**engine); !wrong.empty()) return wrong;
    }
    (void)Becomes([&] {
      const ingest::EngineFigures figures = (*engine)->figures();
      return struck() || (figures.index.runs <= 3 && figures.seal_backlog_bytes == 0);
    });
    if (std::string wrong = CheckRunning(**engine); !wrong.empty()) return wrong;
    (void)(*engine)->Stop();  // it may be what the fault struck
    return "";
  }

  std::string Publish(Engine& engine) {
    const bool latched = engine.health() == ingest::Health::kReadOnly;
    Status outcome = OkStatus();
    if (std::string wrong = work_.Publish(engine, &outcome); !wrong.empty()) return wrong;
    if (outcome.ok() && latched) return "answered after a log write had failed";
    if (!outcome.ok() && !struck()) return "refused: " + outcome.error().message();
    if (++steps_ % kBatchesAChange != 0) return "";
    return Change(engine);
  }

  // Settings, erasing and cuts are kept to what they were answered, as events are.
  std::string Change(Engine& engine) {
    const bool latched = engine.health() == ingest::Health::kReadOnly;
    Status outcome = OkStatus();
    const uint64_t before = work_.changes();
    work_.Change(engine, &outcome);
    if (work_.changes() == before) return "";  // it had nothing to ask for
    if (outcome.ok() && latched) return "a change was answered after a log write had failed";
    if (!outcome.ok() && !struck()) return "a change was refused: " + outcome.error().message();
    return "";
  }

  // The engine as the fault left it: reads show all that was acked, and but for a failed log write
  // everything mends by itself.
  std::string CheckRunning(Engine& engine) {
    if (!struck()) return "";  // read back at the end; here the reads would be counted as well
    faults_.Heal();
    std::string wrong = work_.oracle().Check(engine);
    if (!wrong.empty()) return wrong;
    const bool settled = Becomes([&] {
      Status outcome = OkStatus();
      const bool latched = engine.health() == ingest::Health::kReadOnly;
      wrong = work_.Publish(engine, &outcome);
      if (outcome.ok() && latched) wrong = "answered after a log write had failed";
      if (wrong.empty() && outcome.ok()) wrong = Change(engine);
      return latched || outcome.ok() || !wrong.empty();
    });
    if (!settled) return "does not mend by itself: " + engine.health_detail();
    return wrong.empty() ? work_.oracle().Check(engine) : wrong;
  }

  static std::string Reopen(UnsyncedFileSystem& fs, TinyWorkload work) {
    Result<std::unique_ptr<Engine>> engine = Engine::Open(fs, "data", TinySealingOptions());
    if (!engine.ok()) return "refused to start: " + engine.error().message();
    std::string wrong = work.oracle().Check(**engine);
    Status outcome = OkStatus();
    if (wrong.empty()) wrong = work.Publish(**engine, &outcome);
    if (!outcome.ok()) return "refused afterwards: " + outcome.error().message();
    std::vector<Error> refused;
    if (wrong.empty()) wrong = work.PublishAllAgain(**engine, &refused);
    if (!refused.empty()) return "refused afterwards: " + refused.front().message();
    return wrong.empty() ? work.oracle().Check(**engine) : wrong;
  }

  std::unique_ptr<UnsyncedFileSystem> fs_;
  FaultFileSystem faults_;
  TinyWorkload work_;
  int steps_ = 0;
};

constexpr uint64_t kStride = kSanitized ? 7 : 1;  // which calls is the seed's choice

class Faults : public ::testing::TestWithParam<FaultKind> {};

TEST_P(Faults, AtEachCallInTurn) {
  const uint64_t seed = TestSeed();
  const std::vector<Start> starts = {{"from nothing", {}, TinyWorkload(seed)}, Killed(seed)};
  for (const Start& start : starts) {
    for (const Code code : {Code::kIo, Code::kDiskFull}) {
      if (code == Code::kDiskFull && !GetParam().takes_space) continue;
      uint64_t nth = 1 + seed % kStride;
      int faults = -1;
      for (bool struck = true; struck; nth += kStride, ++faults) {
        FaultyRun run(start, {.call = GetParam().call, .nth = nth, .code = code});
        ASSERT_EQ(run.Run(), "") << "ONCELOG_TEST_SEED=" << seed << ", " << start.name << ": "
                                 << GetParam().name << " number " << nth << " fails with "
                                 << (code == Code::kIo ? "kIo" : "kDiskFull");
        struck = run.struck();
      }
      std::printf("%s, %s, %s: %d faults\n", start.name.c_str(), GetParam().name,
                  code == Code::kIo ? "kIo" : "kDiskFull", faults);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Calls, Faults, ::testing::ValuesIn(FaultKinds()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace oncelog::test
