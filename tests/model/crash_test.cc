// The engine on a file system in memory, killed or cut from power at random calls, restarted, and
// held against the oracle after each start: nothing acked is lost, nothing is stored twice, batches
// are whole, sequences dense, counters right. A failure prints the seed that replays it.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "ingest/engine.h"
#include "tests/model/oracle.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/sanitized.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Engine;
using ingest::EngineOptions;

// Keeps the outcomes of several works in flight at once.
class Collector : public ingest::CompletionSink {
 public:
  struct Numbered : ingest::Work {
    size_t number = 0;  // of the batch, as the oracle counts
  };
  void Settled(std::vector<std::unique_ptr<ingest::Work>> works) override {
    const std::lock_guard lock(mutex_);
    for (auto& work : works) settled_.push_back(std::move(work));
    news_.notify_all();
  }
  std::vector<std::unique_ptr<ingest::Work>> Wait(size_t count) {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [&] { return settled_.size() == count; });
    return std::move(settled_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<std::unique_ptr<ingest::Work>> settled_;
};

class Life {
 public:
  explicit Life(uint64_t seed) : random_(seed) {
    options_.log_file_bytes_min = uint64_t{64} << 10;
    options_.log_file_bytes_max = uint64_t{256} << 10;
    options_.frame_bytes = size_t{32} << 10;
    options_.overlap_bytes_min = Draw(16) << 10;  // all frames are the syncer's, or some
    options_.index.table_entries_max = 256;
    options_.index.group_entries_max = 4096;
    options_.index.tier_runs = 2;
    options_.sealing.group_bytes_max = uint64_t{128} << 10;
    options_.clock = [this] { return UnixMs{1'000'000 + now_++}; };
  }

  // One life of the process: start, check, publish, end. Yields what is wrong, or empty.
  std::string Cycle() {
    FaultFileSystem faults(*fs_);
    if (Draw(2) == 0) faults.Shake(random_());
    const uint64_t end = Draw(4);
    if (end != 0) faults.Plan({.call = FsCall::kChange, .nth = 1 + Draw(120), .for_ever = true});
    if (end == 3) fs_->FailNextDataSync(".log");
    Result<std::unique_ptr<Engine>> engine = Engine::Open(faults, "data", options_);
    if (engine.ok()) {
      std::string wrong = oracle_.Check(**engine);
      if (wrong.empty()) wrong = Publish(**engine);
      if (!wrong.empty()) return wrong;
      const Status stopped = (*engine)->Stop();
      if (end == 0 && !stopped.ok()) return stopped.error().message();
      engine->reset();
    } else if (end == 0) {
      return "refused to start: " + engine.error().message();
    } else if (engine.error().code() == Code::kDamaged) {
      return "called damaged what a crash left: " + engine.error().message();
    }
    if (end >= 2 || Draw(3) == 0) fs_ = fs_->LosePower(random_(), Draw(2) == 0 ? 512 : 4096);
    return "";
  }

  [[nodiscard]] const Oracle& oracle() const { return oracle_; }

 private:
  uint64_t Draw(uint64_t below) { return random_() % below; }

  std::vector<TestEvent> DrawBatch() {
    std::vector<TestEvent> events;
    const uint64_t size = Draw(5) == 0 ? 1 + Draw(60) : 1 + Draw(4);
    for (uint64_t i = 0; i < size; ++i) {
      const bool again = Draw(4) == 0 && next_id_ > 0;
      const uint64_t id = again ? Draw(next_id_) : next_id_++;
      const int value = static_cast<int>(id % 7) + (Draw(20) == 0 ? 1 : 0);
      events.push_back({"topic" + std::to_string(id % 5), "id" + std::to_string(id), value,
                        Draw(50) == 0 ? Draw(3000) : Draw(100)});
    }
    // The padding is content too: an identity keeps its own.
    for (TestEvent& event : events) event.padding = std::hash<std::string>()(event.id) % 400;
    return events;
  }

  std::string Publish(Engine& engine) {
    const uint64_t rounds = Draw(30);
    for (uint64_t round = 0; round < rounds; ++round) {
      size_t taken = 0;
      for (uint64_t i = 1 + Draw(4); i > 0; --i) {
        auto work = std::make_unique<Collector::Numbered>();
        const std::vector<TestEvent> events = DrawBatch();
        work->batch = BatchOf(engine.hash_key(), events);
        work->number = oracle_.Sent(events);
        work->sink = &collector_;
        std::unique_ptr<ingest::Work> handed = std::move(work);
        if (engine.Submit(handed).ok()) ++taken;
      }
      bool failed = taken == 0;
      for (const auto& work : collector_.Wait(taken)) {
        const auto& numbered = static_cast<const Collector::Numbered&>(*work);
        std::string wrong = oracle_.Answered(numbered.number, work->outcome);
        if (!wrong.empty()) return wrong;
        failed |= !work->outcome.status.ok();
      }
      if (failed) break;
    }
    return "";
  }

  std::mt19937_64 random_;
  std::unique_ptr<UnsyncedFileSystem> fs_ = std::make_unique<UnsyncedFileSystem>();
  EngineOptions options_;
  std::atomic<int64_t> now_{0};
  Oracle oracle_;
  Collector collector_;
  uint64_t next_id_ = 0;
};

constexpr uint64_t kLives = kSanitized ? 3 : 12;

TEST(Crash, NothingAckedIsLostAndNothingIsStoredTwice) {
  const uint64_t seed = TestSeed();
  for (uint64_t life = 0; life < kLives; ++life) {
    Life store(seed + life);
    for (int cycle = 0; cycle < 25; ++cycle) {
      const std::string wrong = store.Cycle();
      ASSERT_EQ(wrong, "") << "ONCELOG_TEST_SEED=" << seed << ", life " << life << ", cycle "
                           << cycle;
    }
    EXPECT_GT(store.oracle().acked(), 0U);
  }
}

}  // namespace
}  // namespace oncelog::test
