// Backups taken while batches commit and files are flushed, merged, closed and sealed: each of
// them, restored, is the store as it stood at one moment: everything acked before is there, batches
// are whole, sequences without gaps, the order is the same, and every id is known again.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/backup/backup.h"
#include "store/backup/restore.h"
#include "store/verify/verifier.h"
#include "tests/model/tiny_store.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/publishing.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Engine;
using ingest::EngineOptions;
using ingest::Verdict;

constexpr int kBackups = 6;
constexpr size_t kBatchEvents = 7;

// "topic/id" of every event in the order of durability.
std::vector<std::string> ReadAll(Engine& engine) {
  std::vector<std::string> all;
  store::ScanOptions options;
  for (bool more = true; more;) {
    const Result<store::ScanEnd> end = engine.reader().ScanAll(
        options, [&](const store::EventView& event) { all.emplace_back(event.json); });
    EXPECT_TRUE(end.ok());
    if (!end.ok()) break;
    options.after = end->next;
    more = end->has_more;
  }
  return all;
}

// Publishes batch after batch on a thread of its own: new events, and one of a batch before.
class Publisher {
 public:
  explicit Publisher(Engine& engine) : engine_(engine), thread_([this] { Run(); }) {}
  ~Publisher() { Stop(); }
  void Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] uint64_t acked() const { return acked_; }
  // It goes so far, and rests until it may go on: the more there is, the longer a backup takes.
  void Allow() { allowed_ = acked_ + 400; }

  static std::vector<TestEvent> Batch(uint64_t number) {
    std::vector<TestEvent> events;
    for (size_t i = 0; i < kBatchEvents; ++i) {
      events.push_back({"topic" + std::to_string((number + i) % 3),
                        std::to_string(number) + "-" + std::to_string(i), static_cast<int>(number),
                        (number * 37 + i * 411) % 1500});
    }
    return events;
  }

 private:
  void Run() {
    for (uint64_t number = 0; !stop_; ++number) {
      while (!stop_ && number >= allowed_)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (stop_) return;
      std::vector<TestEvent> events = Batch(number);
      events.push_back(Batch(number / 2).front());
      const ingest::Outcome outcome = engine_.Apply(BatchOf(engine_.hash_key(), events));
      EXPECT_TRUE(outcome.status.ok());
      acked_ = number + 1;
    }
  }

  Engine& engine_;
  std::atomic<bool> stop_ = false;
  std::atomic<uint64_t> acked_ = 0;
  std::atomic<uint64_t> allowed_ = 400;
  std::thread thread_;
};

class BackupOnlineTest : public ::testing::TestWithParam<bool> {  // whether files may be linked
 protected:
  static std::string Target(int number) { return "backups/" + std::to_string(number); }

  // How many batches it holds for certain.
  void TakeBackupOf(Publisher& publisher, int number) {
    publisher.Allow();
    const uint64_t before = publisher.acked();
    ASSERT_TRUE(Becomes([&] { return publisher.acked() > before + 5; }));
    acked_before_.push_back(publisher.acked());
    const Result<store::BackupReport> report = store::TakeBackup(
        backup_fs_, "data", Target(number), {.link = GetParam(), .version = "test"}, nullptr);
    ASSERT_TRUE(report.ok()) << report.error().message();
    linked_ += report->linked_files;
    const Result<store::BackupCheck> check =
        store::CheckBackup(backup_fs_, Target(number), nullptr);
    ASSERT_TRUE(check.ok());
    EXPECT_EQ(check->findings.damage_count(), 0U);
  }

  void JudgeRestored(int number, const std::vector<std::string>& live) {
    SCOPED_TRACE("backup " + std::to_string(number) + ", seed " + std::to_string(seed_));
    const std::string data = "restored" + std::to_string(number);
    const Result<store::BackupList> list =
        store::RestoreBackup(fs_, Target(number), data, UnixMs{1000 + number}, nullptr);
    ASSERT_TRUE(list.ok()) << list.error().message();
    const Result<store::VerifyReport> verified = store::VerifyStore(fs_, data, nullptr);
    ASSERT_TRUE(verified.ok()) << verified.error().message();
    EXPECT_TRUE(verified->clean()) << Describe(verified->findings.damage()[0]);

    auto engine = Engine::Open(fs_, data, TinySealingOptions()).Take();
    EXPECT_EQ(engine->epoch(), 1000U + number);
    const std::vector<std::string> restored = ReadAll(*engine);
    ASSERT_LE(restored.size(), live.size());
    EXPECT_TRUE(std::equal(restored.begin(), restored.end(), live.begin()));
    EXPECT_EQ(restored.size() % kBatchEvents, 0U) << "batches are whole";
    const uint64_t batches = restored.size() / kBatchEvents;
    EXPECT_GE(batches, acked_before_[static_cast<size_t>(number)]) << "an acked batch is missing";
    EXPECT_EQ(list->events, restored.size());
    EXPECT_EQ(engine->opened().events, restored.size());
    EXPECT_EQ(engine->reader().Totals().duplicates, batches) << "one in each batch";
    JudgeRetries(*engine, batches);
  }

  // What is in the backup is a duplicate of it, with its sequence; what came after is new, and goes
  // on without a gap.
  static void JudgeRetries(Engine& engine, uint64_t batches) {
    uint64_t last[3] = {};
    for (uint64_t number = 0; number < batches + 3; ++number) {
      const std::vector<TestEvent> events = Publisher::Batch(number);
      const ingest::Outcome outcome = engine.Apply(BatchOf(engine.hash_key(), events));
      ASSERT_TRUE(outcome.status.ok());
      for (size_t i = 0; i < events.size(); ++i) {
        const bool known = number < batches;
        ASSERT_EQ(outcome.verdicts[i].verdict, known ? Verdict::kDuplicate : Verdict::kAccepted);
        uint64_t& sequence = last[(number + i) % 3];
        ASSERT_EQ(outcome.verdicts[i].sequence.value, ++sequence);
      }
    }
  }

  const uint64_t seed_ = TestSeed();
  UnsyncedFileSystem fs_;
  FaultFileSystem engine_fs_{fs_};
  FaultFileSystem backup_fs_{fs_};
  std::vector<uint64_t> acked_before_;
  uint64_t linked_ = 0;
};

TEST_P(BackupOnlineTest, IsTheStoreAtOneMoment) {
  engine_fs_.Shake(seed_);
  backup_fs_.Shake(seed_ + 1);
  auto engine = Engine::Open(engine_fs_, "data", TinySealingOptions()).Take();
  {
    Publisher publisher(*engine);
    for (int number = 0; number < kBackups; ++number) TakeBackupOf(publisher, number);
  }
  EXPECT_TRUE(Becomes([&] { return engine->figures().segments > 0; })) << "sealing was at work";
  EXPECT_TRUE(GetParam() ? linked_ > 0 : linked_ == 0);
  const std::vector<std::string> live = ReadAll(*engine);
  EXPECT_TRUE(engine->Stop().ok());
  for (int number = 0; number < kBackups; ++number) JudgeRestored(number, live);
}

// A backup that shares files with the store is no worse when that goes on, and when it is gone.
TEST_P(BackupOnlineTest, StaysWhatItIsWhileTheStoreGoesOn) {
  auto engine = Engine::Open(engine_fs_, "data", TinySealingOptions()).Take();
  Publisher publisher(*engine);
  TakeBackupOf(publisher, 0);
  publisher.Allow();
  const uint64_t after = publisher.acked();
  ASSERT_TRUE(Becomes([&] { return publisher.acked() > after + 60; }));
  publisher.Stop();
  const std::vector<std::string> live = ReadAll(*engine);
  EXPECT_TRUE(engine->Stop().ok());
  engine.reset();
  // Started again, sealed further, then lost.
  engine = Engine::Open(engine_fs_, "data", TinySealingOptions()).Take();
  ASSERT_TRUE(Becomes([&] { return engine->figures().seal_backlog_bytes == 0; }));
  engine.reset();
  for (const char* folder : {"data/p0000/log", "data/p0000/seg", "data/p0000/idx"}) {
    const std::vector<std::string> names = fs_.List(folder).Take();
    for (const std::string& name : names) {
      ASSERT_TRUE(fs_.Remove(std::string(folder) + "/" + name).ok());
    }
  }
  JudgeRestored(0, live);
}

INSTANTIATE_TEST_SUITE_P(Ways, BackupOnlineTest, ::testing::Bool(), [](const auto& way) {
  return std::string(way.param ? "Linked" : "Copied");
});

}  // namespace
}  // namespace oncelog::test
