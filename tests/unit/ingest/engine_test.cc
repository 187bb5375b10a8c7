#include "ingest/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "store/log/frame.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/publishing.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::ingest {
namespace {

using test::BatchOf;
using test::FsCall;
using test::TestEvent;

class EngineTest : public testing::Test {
 protected:
  EngineTest() : faults_(disk_) {
    options_.log_file_bytes_min = uint64_t{1} << 20;
    options_.log_file_bytes_max = uint64_t{2} << 20;
    options_.index.table_entries_max = 1000;
    options_.clock = [this] { return UnixMs{now_.load()}; };
  }
  void Open() {
    Result<std::unique_ptr<Engine>> engine = Engine::Open(faults_, "data", options_);
    ASSERT_TRUE(engine.ok()) << engine.error().message();
    engine_ = engine.Take();
  }
  void Reopen() {
    ASSERT_TRUE(engine_->Stop().ok());
    engine_.reset();
    Open();
  }
  Outcome Publish(const std::vector<TestEvent>& events) {
    return engine_->Apply(BatchOf(engine_->hash_key(), events));
  }
  std::vector<TestEvent> Many(int count, int from = 0) {
    std::vector<TestEvent> events;
    for (int i = from; i < from + count; ++i) {
      events.push_back({"t" + std::to_string(i % 3), std::to_string(i), 0, 0});
    }
    return events;
  }

  test::UnsyncedFileSystem disk_;
  test::FaultFileSystem faults_;
  EngineOptions options_;
  std::atomic<int64_t> now_{1000};
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, GivesEachSubmissionItsVerdict) {
  Open();
  Outcome outcome = Publish({{"t", "a", 1}, {"t", "b", 1}, {"t", "a", 1}, {"t", "a", 2}});
  ASSERT_TRUE(outcome.status.ok());
  ASSERT_EQ(outcome.verdicts.size(), 4U);
  EXPECT_EQ(outcome.verdicts[1].verdict, Verdict::kAccepted);
  EXPECT_EQ(outcome.verdicts[1].sequence, Sequence{2});
  EXPECT_EQ(outcome.verdicts[2].verdict, Verdict::kDuplicate);
  EXPECT_EQ(outcome.verdicts[3].verdict, Verdict::kConflict);
  EXPECT_EQ(outcome.verdicts[3].sequence, Sequence{1});
  outcome = Publish({{"t", "a", 1}, {"u", "a", 1}});
  EXPECT_EQ(outcome.verdicts[0].verdict, Verdict::kDuplicate);
  EXPECT_EQ(outcome.verdicts[1].verdict, Verdict::kAccepted) << "another topic, another identity";
}

// So many topics that they are not looked at in one step.
TEST_F(EngineTest, AnIdIsFoundInEachTopicOnce) {
  constexpr uint64_t kTopics = 2500;
  Open();
  for (uint64_t topic = 0; topic < kTopics;) {
    std::vector<TestEvent> events;
    for (int i = 0; i < 100; ++i) events.push_back({"t" + std::to_string(topic++), "a"});
    ASSERT_TRUE(Publish(events).status.ok());
  }
  for (const uint64_t from : {uint64_t{0}, uint64_t{1}, uint64_t{2000}, kTopics - 1, kTopics}) {
    uint64_t next = from;
    for (uint64_t at = from, before = kTopics + 1; at != before;) {
      const auto found =
          engine_->reader().FindInTopics("a", at, [&](uint64_t topic, const auto& e) {
            EXPECT_EQ(topic, next++);
            EXPECT_TRUE(e.json.starts_with(R"({"topic":"t)" + std::to_string(topic) + "\""))
                << e.json;
          });
      ASSERT_TRUE(found.ok());
      before = std::exchange(at, *found);
      EXPECT_EQ(at, next) << "behind the last one looked at";
    }
    EXPECT_EQ(next, kTopics) << from;
  }
}

TEST_F(EngineTest, CountsAndVerdictsSurviveARestartInMemoryTableAndRuns) {
  Open();
  for (int i = 0; i < 5000; i += 100) ASSERT_TRUE(Publish(Many(100, i)).status.ok());
  ASSERT_TRUE(Publish(Many(50)).status.ok());
  Reopen();
  EXPECT_TRUE(engine_->opened().clean_stop);
  EXPECT_EQ(engine_->opened().events, 5000U);
  const store::StoreTotals totals = engine_->reader().Totals();
  EXPECT_EQ(totals.events, 5000U);
  EXPECT_EQ(totals.duplicates, 50U);
  EXPECT_EQ(totals.topics, 3U);
  for (const EventVerdict& verdict : Publish(Many(5000)).verdicts) {
    ASSERT_EQ(verdict.verdict, Verdict::kDuplicate);
  }
}

TEST_F(EngineTest, ReadersSeeWhatWasAckedAndItsTimeNeverRunsBackwards) {
  Open();
  ASSERT_TRUE(Publish({{"t", "a"}}).status.ok());
  now_ = 500;
  ASSERT_TRUE(Publish({{"t", "b"}}).status.ok());
  std::vector<UnixMs> times;
  const auto end = engine_->reader().ScanTopic(
      "t", {}, [&](const store::EventView& event) { times.push_back(event.received_at); });
  ASSERT_TRUE(end.ok());
  EXPECT_EQ(times, (std::vector<UnixMs>{{1000}, {1000}}));
}

TEST_F(EngineTest, AFailedSyncIsFinalUntilTheRestart) {
  Open();
  ASSERT_TRUE(Publish({{"t", "a"}}).status.ok());
  faults_.Plan({.call = FsCall::kDataSync, .path_part = ".log"});
  EXPECT_EQ(Publish({{"t", "b"}}).status.error().code(), Code::kReadOnly);
  EXPECT_EQ(engine_->health(), Health::kReadOnly);
  EXPECT_EQ(Publish({{"t", "a"}}).status.error().code(), Code::kReadOnly)
      << "nothing is acked again";
  EXPECT_EQ(engine_->reader().Totals().events, 1U) << "reads go on, without the unknown event";
  faults_.Heal();
  EXPECT_TRUE(engine_->Stop().ok());
  engine_.reset();
  Open();
  EXPECT_FALSE(engine_->opened().clean_stop);
  const Verdict again = Publish({{"t", "b"}}).verdicts[0].verdict;
  EXPECT_NE(again, Verdict::kConflict);
  EXPECT_EQ(engine_->reader().Totals().events, 2U);
}

TEST_F(EngineTest, AFullDiskRefusesWithoutALatchAndTakesEventsAgainWhenThereIsSpace) {
  disk_.set_capacity_bytes(uint64_t{4} << 20);
  Open();
  Outcome outcome;
  int stored = 0;
  for (int i = 0; i < 10'000; ++i) {
    outcome = Publish({{"t", std::to_string(i), 0, 10'000}});
    if (!outcome.status.ok()) break;
    ++stored;
  }
  ASSERT_FALSE(outcome.status.ok());
  EXPECT_EQ(outcome.status.error().code(), Code::kDiskFull);
  EXPECT_EQ(engine_->health(), Health::kDiskFull);
  EXPECT_EQ(engine_->reader().Totals().events, static_cast<uint64_t>(stored));
  disk_.set_capacity_bytes(uint64_t{64} << 20);
  EXPECT_TRUE(Publish({{"t", "more", 0, 10'000}}).status.ok());
  EXPECT_EQ(engine_->health(), Health::kOk);
  Reopen();
  EXPECT_EQ(engine_->reader().Totals().events, static_cast<uint64_t>(stored) + 1);
}

// As when the process is out of descriptors: to look for space would be of no use.
TEST_F(EngineTest, ALogFileThatCannotBeMadeOnADiskWithSpaceIsBusyForNow) {
  Open();
  faults_.Plan({.call = FsCall::kOpen, .for_ever = true, .path_part = ".log"});
  int stored = 0;
  Outcome outcome;
  const auto publish = [&] {  // what is open already takes some
    outcome = Publish({{"t", std::to_string(stored), 0, 100'000}});
    if (outcome.status.ok()) ++stored;
    return outcome.status.ok();
  };
  while (stored < 1000 && publish()) {
  }
  ASSERT_FALSE(outcome.status.ok());
  EXPECT_EQ(outcome.status.error().code(), Code::kBusy);
  EXPECT_EQ(engine_->health(), Health::kOk);
  EXPECT_EQ(engine_->reader().Totals().events, static_cast<uint64_t>(stored)) << "as it says";
  faults_.Heal();
  EXPECT_TRUE(publish());
  Reopen();
  EXPECT_EQ(engine_->reader().Totals().events, static_cast<uint64_t>(stored));
}

// While the server runs: no start and no sealing looks at them before the reader does.
TEST_F(EngineTest, WhatHasChangedOnTheDiskIsNotGivenOut) {
  Open();
  ASSERT_TRUE(Publish({{"t", "first"}, {"t", "second"}}).status.ok());
  auto log = disk_.Open("data/p0000/log/1.log", store::OpenMode::kReadWrite).Take();
  std::string frame(store::kBlockBytes, '\0');
  ASSERT_TRUE(log->ReadAt(0, frame.data(), frame.size()).ok());
  const auto visit = [](const store::EventView&) { ADD_FAILURE() << "it is given out"; };
  const auto flipped = [&](size_t at) {
    std::string byte = frame.substr(at, 1);
    byte[0] ^= 1;
    return log->WriteAt(at, byte).ok();
  };
  const auto expect_damage = [&](const auto& said, const std::string& what) {
    ASSERT_FALSE(said.ok()) << what;
    EXPECT_EQ(said.error().code(), Code::kDamaged);
    EXPECT_NE(said.error().message().find("1.log, offset "), std::string::npos);
    EXPECT_NE(said.error().message().find(what), std::string::npos) << said.error().message();
  };

  ASSERT_TRUE(flipped(frame.find("first")));
  const char* record = "does not carry its checksum";
  expect_damage(engine_->reader().Find("t", "first", visit), record);
  expect_damage(engine_->reader().ScanTopic("t", {}, visit), record);
  ASSERT_TRUE(log->WriteAt(0, frame).ok());
  ASSERT_TRUE(flipped(16));  // within the frame's header
  expect_damage(engine_->reader().ScanAll({}, visit), "the frame there is not the one");
}

TEST_F(EngineTest, AStoreOnAFullDiskCanBeReadAndGoesOnWhenThereIsSpace) {
  for (const bool clean : {true, false}) {
    Open();
    ASSERT_TRUE(Publish({{"t", clean ? "a" : "c"}}).status.ok());
    if (!clean) faults_.Plan({.call = FsCall::kChange, .for_ever = true});  // dies here
    const bool stopped = engine_->Stop().ok();
    // Not clean: whether the stop or the mark of the idle log meets the fault first is open.
    EXPECT_TRUE(stopped || !clean);
    engine_.reset();
    faults_.Heal();
    disk_.set_capacity_bytes(disk_.used_bytes());
    Open();
    const uint64_t stored = engine_->reader().Totals().events;
    EXPECT_EQ(stored, clean ? 1U : 3U);
    EXPECT_EQ(Publish({{"t", "b", 0, 1 << 20}}).status.error().code(), Code::kDiskFull);
    disk_.set_capacity_bytes(uint64_t{64} << 20);
    EXPECT_TRUE(Publish({{"t", clean ? "b" : "d"}}).status.ok());
    Reopen();
    EXPECT_EQ(engine_->reader().Totals().events, stored + 1);
    engine_.reset();
  }
}

TEST_F(EngineTest, AStartOnAFullDiskAndAStopWithoutAnEventLeaveAHealthyStore) {
  Open();
  ASSERT_TRUE(Publish({{"t", "a"}}).status.ok());
  ASSERT_TRUE(engine_->Stop().ok());
  engine_.reset();
  disk_.set_capacity_bytes(disk_.used_bytes());
  Open();
  disk_.set_capacity_bytes(uint64_t{64} << 20);
  Reopen();
  Reopen();
  EXPECT_EQ(Publish({{"t", "a"}}).verdicts[0].verdict, Verdict::kDuplicate);
}

TEST_F(EngineTest, AFileTheWriterMovedToWithoutWritingIsNoDamage) {
  options_.topics_max = 1;
  Open();
  ASSERT_TRUE(Publish({{"t", "a"}}).status.ok());
  // Too large for what is left of the file, and refused after its place was found.
  const Outcome refused = Publish({{"u", "a", 0, 900'000}, {"u", "b", 0, 900'000}});
  EXPECT_EQ(refused.status.error().code(), Code::kTooManyTopics);
  Reopen();
  Reopen();
  EXPECT_EQ(engine_->reader().Totals().events, 1U);
  EXPECT_TRUE(Publish({{"t", "b"}}).status.ok());
}

// Keeps works until they are settled.
class Settlements : public CompletionSink {
 public:
  void Settled(std::vector<std::unique_ptr<Work>> works) override {
    const std::lock_guard lock(mutex_);
    count_ += works.size();
    news_.notify_all();
  }
  void WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    news_.wait(lock, [&] { return count_ == count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable news_;
  size_t count_ = 0;
};

TEST_F(EngineTest, EveryQueuedWorkIsAnsweredWhenASyncFails) {
  options_.frame_bytes = 1000;  // so that works wait in the queue
  Settlements settlements;      // outlives the engine's last answer
  Open();
  faults_.Plan({.call = FsCall::kDataSync, .nth = 3, .for_ever = true, .path_part = ".log"});
  size_t taken = 0;
  for (int i = 0; i < 200; ++i) {
    auto work = std::make_unique<Work>();
    work->batch = BatchOf(engine_->hash_key(), {{"t", std::to_string(i), 0, 2000}});
    work->sink = &settlements;
    if (engine_->Submit(work).ok()) ++taken;
  }
  settlements.WaitFor(taken);
  EXPECT_TRUE(engine_->Stop().ok());
  EXPECT_EQ(engine_->figures().queue_submissions, 0U);
  engine_.reset();
}

TEST_F(EngineTest, CountsOfManySourcesHaveTheirPlaceInAFrame) {
  Open();
  // Duplicates from thousands of sources, then events that fill what is left of the file.
  ASSERT_TRUE(Publish({{"t", "a"}}).status.ok());
  Settlements settlements;
  size_t taken = 0;
  for (int round = 0; round < 40; ++round) {
    std::vector<TestEvent> duplicates(500, {"t", "a"});
    for (size_t i = 0; i < duplicates.size(); ++i) {
      duplicates[i].source = std::string(200, 's') + std::to_string(round * 1000 + i);
    }
    for (const auto& events : {duplicates, {{"t", "big" + std::to_string(round), 0, 400'000}}}) {
      auto work = std::make_unique<Work>();
      work->batch = BatchOf(engine_->hash_key(), events);
      work->sink = &settlements;
      if (engine_->Submit(work).ok()) ++taken;
    }
  }
  settlements.WaitFor(taken);
  EXPECT_EQ(engine_->health(), Health::kOk);
  Reopen();
  EXPECT_EQ(engine_->reader().Totals().events, 41U);
}

TEST_F(EngineTest, TopicsAreBounded) {
  options_.topics_max = 3;
  Open();
  ASSERT_TRUE(Publish({{"a", "1"}, {"b", "1"}}).status.ok());
  const Outcome outcome = Publish({{"a", "2"}, {"c", "1"}, {"d", "1"}});
  EXPECT_EQ(outcome.status.error().code(), Code::kTooManyTopics);
  EXPECT_EQ(engine_->reader().Totals().events, 2U) << "a batch is refused whole";
  EXPECT_TRUE(Publish({{"a", "2"}, {"c", "1"}}).status.ok());
  EXPECT_TRUE(Publish({{"a", "3"}, {"a", "4"}}).status.ok()) << "known topics go on";
}

// What it stores has no ids in the index: no store may become such a directory, nor the other way.
TEST_F(EngineTest, WithoutAnIndexADirectoryIsNewAndStaysApart) {
  Open();
  ASSERT_TRUE(Publish({{"t", "a"}}).status.ok());
  Reopen();
  ASSERT_TRUE(engine_->Stop().ok());
  engine_.reset();
  EngineOptions without = options_;
  without.without_index = true;
  auto refused = Engine::Open(faults_, "data", without);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::kInvalid);
  Open();
  EXPECT_EQ(Publish({{"t", "a"}}).verdicts[0].verdict, Verdict::kDuplicate) << "it is as it was";

  engine_ = Engine::Open(faults_, "limit", without).Take();
  ASSERT_TRUE(Publish({{"t", "a"}}).status.ok());
  EXPECT_EQ(Publish({{"t", "a"}}).verdicts[0].verdict, Verdict::kAccepted) << "that is the limit";
  ASSERT_TRUE(engine_->Stop().ok());
  engine_.reset();
  for (const EngineOptions& options : {options_, without}) {
    refused = Engine::Open(faults_, "limit", options);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::kInvalid);
    EXPECT_NE(refused.error().message().find("bench-limit"), std::string::npos);
  }
}

TEST_F(EngineTest, ASecondOneOnTheSameDirectoryIsRefused) {
  Open();
  EXPECT_EQ(Engine::Open(faults_, "data", options_).error().code(), Code::kLocked);
}

TEST_F(EngineTest, AfterStopNothingIsTaken) {
  Open();
  ASSERT_TRUE(engine_->Stop().ok());
  EXPECT_EQ(Publish({{"t", "a"}}).status.error().code(), Code::kBusy);
}

TEST_F(EngineTest, ManyPublishersAtOnceGetDenseSequencesAndOneAcceptanceEach) {
  Open();
  std::atomic<int> accepted{0};
  std::vector<std::thread> publishers;
  for (int p = 0; p < 4; ++p) {
    publishers.emplace_back([&] {
      for (int i = 0; i < 300; i += 10) {
        for (const EventVerdict& v : Publish(Many(10, i)).verdicts) {
          if (v.verdict == Verdict::kAccepted) ++accepted;
        }
      }
    });
  }
  for (std::thread& publisher : publishers) publisher.join();
  EXPECT_EQ(accepted.load(), 300);
  uint64_t last = 0;
  ASSERT_TRUE(engine_->reader()
                  .ScanTopic("t1", {}, [&](const auto& e) { EXPECT_EQ(e.sequence.value, ++last); })
                  .ok());
  EXPECT_EQ(last, 100U);
}

// What arrives while a page is read is neither on it nor counted by it.
TEST_F(EngineTest, APageCountsWhatItCouldSee) {
  Open();
  Publish(Many(30, 0));
  int more = 0;
  const auto publish_one = [&](const auto&) { Publish(Many(1, 1000 + more++)); };
  const auto all = engine_->reader().ScanAll({}, publish_one);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->readable, 30U);
  EXPECT_EQ(more, 30);
  const auto page = engine_->reader().ScanTopic("t1", {.limit = 3}, publish_one);
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->readable, engine_->reader().Topic("t1")->events - 1)
      << "of the three that came meanwhile one is in this topic";
}

// Four partitions in one process: the way of many cores.
TEST(Engines, LiveSideBySide) {
  test::UnsyncedFileSystem disk;
  EngineOptions options;
  options.log_file_bytes_min = uint64_t{1} << 20;
  std::vector<std::unique_ptr<Engine>> engines;
  for (int i = 0; i < 4; ++i) {
    auto engine = Engine::Open(disk, "data" + std::to_string(i), options);
    ASSERT_TRUE(engine.ok());
    engines.push_back(engine.Take());
  }
  for (const auto& engine : engines) {
    const Outcome outcome = engine->Apply(BatchOf(engine->hash_key(), {{"t", "a"}}));
    ASSERT_TRUE(outcome.status.ok());
    EXPECT_EQ(outcome.verdicts[0].verdict, Verdict::kAccepted);
  }
}

}  // namespace
}  // namespace oncelog::ingest
