// An index that cannot be flushed for a while, a start from the cover that such a flush leaves, and
// a run of which a page is damaged.
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ingest/engine.h"
#include "store/index/run_file.h"
#include "store/log/log_scanner.h"
#include "store/store_identity.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/publishing.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::ingest {
namespace {

using test::FsCall;

constexpr int kBatch = 5000;

std::vector<test::TestEvent> Batch(int number) {
  std::vector<test::TestEvent> events;
  for (int i = 0; i < kBatch; ++i) events.push_back({"t", std::to_string(number * kBatch + i)});
  return events;
}

// Flushed with each batch; one log file is enough.
EngineOptions SmallTables() {
  EngineOptions options;
  options.index.table_entries_max = 1000;
  options.log_file_bytes_min = options.log_file_bytes_max = uint64_t{96} << 20;
  return options;
}

Outcome Publish(Engine& engine, int number) {
  return engine.Apply(test::BatchOf(engine.hash_key(), Batch(number)));
}

template <typename Condition>
bool Becomes(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(200);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    // Background threads have the lowest priority: do not take their core from them.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

bool LogEndsWithMark(test::UnsyncedFileSystem& disk) {
  const uint64_t seed = store::LoadOrCreateIdentity(disk, "data")->checksum_seed();
  const auto file = disk.Open("data/p0000/log/1.log", store::OpenMode::kRead).Take();
  store::LogScanner scan(*file, 1, seed, 0, *file->Size());
  uint32_t records = 1;
  while (scan.Next() == store::LogScanner::State::kFrame) records = scan.header().records;
  return records == 0;
}

// While the first table cannot be written, the second one fills to its last place. When the first
// is out, no frame is open whose end could freeze the second: a commit mark does, and the cover
// then lies behind a mark. A start from there must take it for the log's own, also if nothing
// follows.
TEST(EngineFlush, ATableThatIsFullBetweenFramesIsFrozenByAMark) {
  test::UnsyncedFileSystem disk;
  test::FaultFileSystem faults(disk);
  EngineOptions options = SmallTables();
  auto engine = Engine::Open(faults, "data", options).Take();
  faults.Plan({.call = FsCall::kOpen, .for_ever = true, .path_part = ".run"});
  int stored = 0;
  ASSERT_TRUE(Becomes([&] {
    const Outcome outcome = Publish(*engine, stored);
    if (outcome.status.ok()) ++stored;
    return !outcome.status.ok();
  }));
  EXPECT_EQ(engine->health(), Health::kOk) << "it is busy, no more";
  EXPECT_NE(engine->health_detail(), "");
  ASSERT_TRUE(Becomes([&] { return LogEndsWithMark(disk); })) << "as any log that falls idle";

  faults.Heal();
  // The first write to come is another mark, which freezes; the frame behind it does not get there.
  faults.Plan({.call = FsCall::kWrite, .nth = 2, .path_part = ".log"});
  ASSERT_TRUE(Becomes([&] {
    const Outcome outcome = Publish(*engine, stored);
    return !outcome.status.ok() && outcome.status.error().code() == Code::kReadOnly;
  }));
  ASSERT_TRUE(Becomes([&] { return engine->figures().index.runs == 2; }));

  for (uint64_t seed = 0; seed < 3; ++seed) {
    const std::unique_ptr<test::UnsyncedFileSystem> after = disk.LosePower(seed);
    // The first start decides where the old file ends; the second one lives with it.
    for (int start = 0; start < 2; ++start) {
      Result<std::unique_ptr<Engine>> restarted = Engine::Open(*after, "data", options);
      ASSERT_TRUE(restarted.ok()) << restarted.error().message();
      EXPECT_EQ((*restarted)->opened().events, static_cast<uint64_t>(stored) * kBatch);
      for (int number = 0; number < stored; ++number) {
        for (const EventVerdict& verdict : Publish(**restarted, number).verdicts) {
          ASSERT_EQ(verdict.verdict, Verdict::kDuplicate);
        }
      }
    }
  }
}

// The log has its place, the index has not: events are refused as on any full disk, what is known
// is answered still, and all of it mends by itself.
TEST(EngineFlush, AFullDiskThatTheIndexNeedsRefusesEventsUntilThereIsSpace) {
  test::UnsyncedFileSystem disk;
  test::FaultFileSystem faults(disk);
  auto engine = Engine::Open(faults, "data", SmallTables()).Take();
  faults.Plan(
      {.call = FsCall::kOpen, .code = Code::kDiskFull, .for_ever = true, .path_part = ".run"});
  int stored = 0;
  Outcome outcome;
  ASSERT_TRUE(Becomes([&] {
    outcome = Publish(*engine, stored);
    if (outcome.status.ok()) ++stored;
    return !outcome.status.ok() && outcome.status.error().code() == Code::kDiskFull;
  }));
  EXPECT_EQ(engine->health(), Health::kDiskFull);
  EXPECT_NE(engine->health_detail().find("nothing of them is stored"), std::string::npos);
  EXPECT_EQ(engine->reader().Totals().events, static_cast<uint64_t>(stored) * kBatch);

  faults.Heal();
  ASSERT_TRUE(Becomes([&] { return Publish(*engine, stored).status.ok(); }));
  EXPECT_TRUE(Becomes([&] { return engine->health() == Health::kOk; }));
  for (int number = 0; number <= stored; ++number) {
    for (const EventVerdict& verdict : Publish(*engine, number).verdicts) {
      ASSERT_EQ(verdict.verdict, Verdict::kDuplicate);
    }
  }
}

// What a start would have to read again: as events, and as records of any kind.
TEST(EngineFlush, WhatLiesPastTheCoverIsCounted) {
  test::UnsyncedFileSystem disk;
  auto engine = Engine::Open(disk, "data", SmallTables()).Take();
  ASSERT_TRUE(Publish(*engine, 0).status.ok());
  ASSERT_TRUE(Becomes([&] { return engine->figures().index.runs == 1; }));
  EXPECT_EQ(engine->figures().log_past_cover_events, 0U);
  const auto batch = test::BatchOf(engine->hash_key(), {{"t", "x"}, {"t", "x"}, {"u", "y"}});
  ASSERT_TRUE(engine->Apply(batch).status.ok());
  EXPECT_EQ(engine->figures().log_past_cover_events, 2U);
  EXPECT_GT(engine->figures().log_past_cover_records, 2U) << "a topic, and counts";
  ASSERT_TRUE(engine->Stop().ok());
  engine.reset();
  engine = Engine::Open(disk, "data", SmallTables()).Take();
  EXPECT_EQ(engine->opened().replayed_events, 2U);
  EXPECT_EQ(engine->figures().log_past_cover_events, 2U);
}

// They leave the table empty, but the log grows with what they count: without a flush a start would
// have all of it to read.
TEST(EngineFlush, DuplicatesAloneMoveTheCoverToo) {
  test::UnsyncedFileSystem disk;
  EngineOptions options;
  options.log_bytes_past_cover_max = uint64_t{64} << 10;  // 16 frames
  options.log_file_bytes_min = options.log_file_bytes_max = uint64_t{256} << 10;
  auto engine = Engine::Open(disk, "data", options).Take();
  ASSERT_TRUE(Publish(*engine, 0).status.ok());
  uint64_t sent = 0;
  const auto send = [&] {
    const auto again = test::BatchOf(engine->hash_key(), {{"t", std::to_string(sent++ % kBatch)}});
    return engine->Apply(again).verdicts.at(0).verdict;
  };
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 40; ++i) ASSERT_EQ(send(), Verdict::kDuplicate);
    // A flush is background work: it may come late, but it comes.
    ASSERT_TRUE(Becomes([&] {
      return engine->figures().log_past_cover_records <= 16 || send() != Verdict::kDuplicate;
    })) << round;
  }
  EXPECT_EQ(engine->figures().index.runs, 1U) << "an empty table becomes no run";
  EXPECT_EQ(engine->reader().Totals().duplicates, sent);
  const std::unique_ptr<test::UnsyncedFileSystem> after = disk.LosePower(1);
  Result<std::unique_ptr<Engine>> restarted = Engine::Open(*after, "data", options);
  ASSERT_TRUE(restarted.ok()) << restarted.error().message();
  EXPECT_EQ((*restarted)->reader().Totals().duplicates, sent);
  EXPECT_EQ(Publish(**restarted, 0).verdicts.at(7).verdict, Verdict::kDuplicate);
  EXPECT_EQ((*restarted)->reader().Totals().events, uint64_t{kBatch});
}

// What a start had to read counts as well: lives that each stay below the bound are bounded.
TEST(EngineFlush, DuplicatesOfManyLivesMoveTheCover) {
  test::UnsyncedFileSystem disk;
  EngineOptions options;
  options.log_bytes_past_cover_max = uint64_t{256} << 10;
  options.log_file_bytes_min = options.log_file_bytes_max = uint64_t{1} << 20;
  for (int life = 0; life < 30; ++life) {
    auto engine = Engine::Open(disk, "data", options).Take();
    for (int i = 0; i < 4; ++i) {
      const auto again = test::BatchOf(engine->hash_key(), {{"t", "the only one"}});
      ASSERT_TRUE(engine->Apply(again).status.ok());
    }
    ASSERT_TRUE(Becomes([&] { return engine->figures().log_past_cover_records <= 70; })) << life;
  }
}

// Flushes go on meanwhile: what they do well must not make it look as if merging were right again.
TEST(EngineFlush, AMergeThatFailsIsToldUntilItWorks) {
  test::UnsyncedFileSystem disk;
  test::FaultFileSystem faults(disk);
  EngineOptions options = SmallTables();
  options.sealing.bytes_per_second = 0;
  auto engine = Engine::Open(faults, "data", options).Take();
  faults.Plan({.call = FsCall::kFreeBytes, .for_ever = true});  // asked for by merging alone
  const auto told = [&] { return engine->health_detail().find("merging") != std::string::npos; };
  for (int batch = 0; batch < 15; ++batch) {
    const uint64_t runs = engine->figures().index.runs;
    ASSERT_TRUE(Publish(*engine, batch).status.ok());
    ASSERT_TRUE(Becomes([&] { return engine->figures().index.runs > runs; }));
    if (batch == 10) {
      ASSERT_TRUE(Becomes(told));
    } else if (batch > 10) {
      EXPECT_TRUE(told());
    }
  }
  faults.Heal();
  EXPECT_TRUE(Becomes([&] { return engine->health_detail().empty(); }));
}

// Keeps works that are settled.
class Sink : public CompletionSink {
 public:
  void Settled(std::vector<std::unique_ptr<Work>> works) override {
    const std::lock_guard lock(mutex_);
    std::move(works.begin(), works.end(), std::back_inserter(works_));
    news_.notify_all();
  }
  const std::vector<std::unique_ptr<Work>>& WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [&] { return works_.size() == count; });
    return works_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  std::vector<std::unique_ptr<Work>> works_;
};

void FlipFirstPageOf(test::UnsyncedFileSystem& disk, const std::string& run) {
  const auto file = disk.Open("data/p0000/idx/" + run, store::OpenMode::kReadWrite).Take();
  std::string byte(1, '\0');
  ASSERT_TRUE(file->ReadAt(store::RunHeader::PageOffset(0) + 50, byte.data(), 1).ok());
  byte[0] ^= 1;
  ASSERT_TRUE(file->WriteAt(store::RunHeader::PageOffset(0) + 50, byte).ok());
}

// All come at once, so that they are looked up in groups of a thousand.
TEST(EngineFlush, ADamagedPageOfARunRefusesOnlyTheBatchesThatNeedIt) {
  test::UnsyncedFileSystem disk;
  Sink settled;  // outlives the engine
  auto engine = Engine::Open(disk, "data", SmallTables()).Take();
  ASSERT_TRUE(Publish(*engine, 0).status.ok());
  ASSERT_TRUE(Becomes([&] { return engine->figures().index.runs == 1; }));
  ASSERT_TRUE(engine->Stop().ok());
  const std::vector<std::string> runs = disk.List("data/p0000/idx").Take();
  ASSERT_EQ(runs.size(), 1U);
  FlipFirstPageOf(disk, runs[0]);
  engine.reset();

  // A page is verified when it is first used.
  engine = Engine::Open(disk, "data", SmallTables()).Take();
  std::vector<std::unique_ptr<Work>> works;
  for (const test::TestEvent& event : Batch(0)) {
    works.push_back(std::make_unique<Work>());
    works.back()->batch = test::BatchOf(engine->hash_key(), {event});
    works.back()->sink = &settled;
  }
  engine->SubmitAll(works);
  uint64_t refused = 0;
  for (const std::unique_ptr<Work>& work : settled.WaitFor(kBatch)) {
    const event::Batch& batch = work->batch;
    if (work->outcome.status.ok()) {
      const EventVerdict& verdict = work->outcome.verdicts.at(0);
      EXPECT_EQ(verdict.verdict, Verdict::kDuplicate);
      EXPECT_EQ(batch.View(batch.submissions[0].event_id),
                '"' + std::to_string(verdict.sequence.value - 1) + '"');
      continue;
    }
    ++refused;
    EXPECT_EQ(work->outcome.status.error().code(), Code::kDamaged);
    EXPECT_NE(work->outcome.status.error().message().find(runs[0]), std::string::npos);
  }
  EXPECT_EQ(refused, store::kRunPageEntries);
  EXPECT_EQ(engine->figures().queue_submissions, 0U);
}

}  // namespace
}  // namespace oncelog::ingest
