#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "ingest/engine.h"
#include "tests/support/publishing.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::ingest {
namespace {

using std::chrono::milliseconds;
using test::BatchOf;
using test::TestEvent;

class RetentionTest : public testing::Test {
 protected:
  RetentionTest() {
    options_.log_file_bytes_min = uint64_t{1} << 20;
    options_.log_file_bytes_max = uint64_t{2} << 20;
    options_.index.table_entries_max = 1000;
    options_.clock = [this] { return UnixMs{now_.load()}; };
    options_.uptime = [this] { return milliseconds(uptime_.load()); };
    options_.retention_every = milliseconds(5);
    options_.alarm = [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      alarms_.push_back(line);
    };
    Open();
  }
  void Open() {
    Result<std::unique_ptr<Engine>> engine = Engine::Open(disk_, "data", options_);
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
  Verdict PublishOne(const TestEvent& event) { return Publish({event}).verdicts.at(0).verdict; }
  Result<ChangeOutcome> Settings(const std::string& topic, event::TopicSettings settings) {
    return Apply({SetSettings{topic, settings}, {}});
  }
  Result<ChangeOutcome> Erase(const std::string& topic, const std::string& id) {
    EraseEvent erase{topic, id};
    (void)engine_->reader().Find(
        topic, id, [&](const store::EventView& event) { erase.json_bytes = event.json.size(); });
    return Apply({erase, {}});
  }
  Result<ChangeOutcome> Apply(Change change) {
    if (Status s = engine_->ApplyChange(&change); !s.ok()) return s.error();
    return change.outcome;
  }
  Code Find(const std::string& topic, const std::string& id) {
    const Status s = engine_->reader().Find(topic, id, [](const store::EventView&) {});
    return s.ok() ? kFound : s.error().code();
  }
  std::vector<uint64_t> Sequences(const std::string& topic, store::ScanOptions options = {}) {
    std::vector<uint64_t> sequences;
    const auto end = engine_->reader().ScanTopic(
        topic, options, [&](const store::EventView& e) { sequences.push_back(e.sequence.value); });
    EXPECT_TRUE(end.ok());
    return sequences;
  }
  store::TopicInfo Topic(const std::string& name) {
    return engine_->reader().Topic(name).value_or(store::TopicInfo{});
  }
  std::vector<std::string> Alarms() {
    const std::lock_guard lock(mutex_);
    return alarms_;
  }
  // Time goes on, for both clocks.
  void Pass(milliseconds span) {
    uptime_ += span.count();
    now_ += span.count();
  }
  void WaitFor(const char* what, const std::function<bool()>& met) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!met()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << what;
      std::this_thread::yield();
    }
  }

  static constexpr Code kFound = Code::kInvalid;  // stands for "there it is"
  test::UnsyncedFileSystem disk_;
  EngineOptions options_;
  std::atomic<int64_t> now_{1'000'000'000};
  std::atomic<int64_t> uptime_{5'000};
  std::mutex mutex_;
  std::vector<std::string> alarms_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(RetentionTest, SettingsAreDurableAndMakeATopic) {
  Result<ChangeOutcome> set = Settings("t", {3600, 1 << 20});
  ASSERT_TRUE(set.ok());
  EXPECT_TRUE(set->new_topic);
  EXPECT_TRUE(set->changed);
  set = Settings("t", {3600, 1 << 20});
  ASSERT_TRUE(set.ok());
  EXPECT_FALSE(set->new_topic);
  EXPECT_FALSE(set->changed) << "the same again";
  ASSERT_EQ(PublishOne({"t", "a"}), Verdict::kAccepted);
  Reopen();
  EXPECT_EQ(Topic("t").settings, (event::TopicSettings{3600, 1 << 20}));
  EXPECT_EQ(Topic("t").events, 1U);
  ASSERT_TRUE(Settings("t", {}).ok());
  Reopen();
  EXPECT_EQ(Topic("t").settings, event::TopicSettings{});
}

TEST_F(RetentionTest, AnErasedEventIsGoneAtOnceAndItsIdStays) {
  ASSERT_TRUE(Publish({{"t", "a", 1}, {"t", "b", 1}, {"t", "c", 1}, {"u", "a", 1}}).status.ok());
  const uint64_t bytes = Topic("t").bytes;
  const Result<ChangeOutcome> erased = Erase("t", "b");
  ASSERT_TRUE(erased.ok());
  EXPECT_TRUE(erased->changed);
  EXPECT_EQ(erased->sequence, Sequence{2});
  for (const bool restarted : {false, true}) {
    if (restarted) Reopen();
    EXPECT_EQ(Find("t", "b"), Code::kGone);
    EXPECT_EQ(Find("u", "a"), kFound);
    EXPECT_EQ(Sequences("t"), (std::vector<uint64_t>{1, 3}));
    EXPECT_EQ(Sequences("t", {.descending = true}), (std::vector<uint64_t>{3, 1}));
    size_t all = 0;
    ASSERT_TRUE(engine_->reader().ScanAll({}, [&](const store::EventView&) { ++all; }).ok());
    EXPECT_EQ(all, 3U);
    size_t by_id = 0;
    const auto count = [&](uint64_t, const store::EventView&) { ++by_id; };
    EXPECT_EQ(engine_->reader().FindInTopics("b", 0, count).Take(), 2U);
    EXPECT_EQ(by_id, 0U);
    EXPECT_EQ(engine_->reader().FindInTopics("b", 2, count).Take(), 2U) << "there are no more";
    EXPECT_EQ(Topic("t").events, 2U);
    EXPECT_EQ(Topic("t").last_sequence, Sequence{3});
    EXPECT_EQ(Topic("t").bytes, bytes / 3 * 2);
    EXPECT_EQ(engine_->reader().Totals().events, 4U);
    EXPECT_EQ(engine_->reader().Totals().gone, 1U);
    EXPECT_EQ(PublishOne({"t", "b", 1}), Verdict::kDuplicate);
    EXPECT_EQ(PublishOne({"t", "b", 2}), Verdict::kConflict);
  }
  const Result<ChangeOutcome> again = Erase("t", "b");
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->sequence, Sequence{2});
  EXPECT_EQ(Erase("t", "none").error().code(), Code::kNotFound);
  EXPECT_EQ(Erase("none", "a").error().code(), Code::kNotFound);
}

TEST_F(RetentionTest, SoManyAreErasedOneByOneAndNoMore) {
  ASSERT_TRUE(engine_->Stop().ok());
  engine_.reset();
  options_.erased_runs_max = 2;
  Open();
  ASSERT_TRUE(Publish({{"t", "1"}, {"t", "2"}, {"t", "3"}, {"t", "4"}, {"t", "5"}}).status.ok());
  ASSERT_TRUE(Erase("t", "1").ok());
  ASSERT_TRUE(Erase("t", "3").ok()) << "as many as there may be";
  for (const bool restarted : {false, true}) {
    if (restarted) Reopen();
    const Result<ChangeOutcome> refused = Erase("t", "5");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::kTooManyErased);
    EXPECT_EQ(Find("t", "5"), kFound) << "nothing was erased";
    EXPECT_TRUE(Erase("t", "3").ok()) << "it is gone already";
    EXPECT_EQ(PublishOne({"t", "5"}), Verdict::kDuplicate) << "all else goes on";
  }
  ASSERT_TRUE(Settings("t", {0, Topic("t").bytes / 3}).ok());  // passes the two runs
  WaitFor("the first ones go", [&] { return Topic("t").events == 1; });
  EXPECT_TRUE(Publish({{"t", "6"}}).status.ok());
  ASSERT_TRUE(Settings("t", {}).ok());
  EXPECT_TRUE(Erase("t", "6").ok()) << "there is room again";
}

TEST_F(RetentionTest, AConflictWithAnErasedEventIsCountedButNotKept) {
  ASSERT_EQ(PublishOne({"t", "a", 1}), Verdict::kAccepted);
  ASSERT_TRUE(Erase("t", "a").ok());
  const TestEvent newcomer{"t", "a", 2, 0, "a-very-telling-source"};
  EXPECT_EQ(PublishOne(newcomer), Verdict::kConflict);
  EXPECT_EQ(Topic("t").conflicts, 1U);
  ASSERT_TRUE(engine_->Stop().ok());
  const auto file = disk_.Open("data/p0000/log/1.log", store::OpenMode::kRead);
  ASSERT_TRUE(file.ok());
  std::string bytes(size_t{1} << 20, '\0');
  ASSERT_TRUE((*file)->ReadAt(0, bytes.data(), bytes.size()).ok());
  EXPECT_NE(bytes.find(R"("value":1)"), std::string::npos) << "the test looks at the right bytes";
  EXPECT_EQ(bytes.find(R"("value":2)"), std::string::npos);
}

TEST_F(RetentionTest, OldEventsGoByAge) {
  ASSERT_TRUE(Settings("t", {60, 0}).ok());
  ASSERT_TRUE(Publish({{"t", "a"}, {"t", "b"}, {"u", "a"}}).status.ok());
  Pass(milliseconds(59'000));
  ASSERT_EQ(PublishOne({"t", "c"}), Verdict::kAccepted);
  Pass(milliseconds(1'001));
  WaitFor("the old ones go", [&] { return Topic("t").events == 1; });
  EXPECT_EQ(Sequences("t"), (std::vector<uint64_t>{3}));
  EXPECT_EQ(Find("t", "a"), Code::kGone);
  EXPECT_EQ(Find("u", "a"), kFound) << "a topic without settings";
  Reopen();
  EXPECT_EQ(Sequences("t"), (std::vector<uint64_t>{3}));
  EXPECT_EQ(PublishOne({"t", "a"}), Verdict::kDuplicate);
  Pass(milliseconds(60'000));
  WaitFor("the last one goes", [&] { return Topic("t").events == 0; });
  EXPECT_EQ(Topic("t").bytes, 0U);
  EXPECT_EQ(PublishOne({"t", "d"}), Verdict::kAccepted);
  EXPECT_EQ(Sequences("t"), (std::vector<uint64_t>{4}));
}

TEST_F(RetentionTest, TheOldestGoBySize) {
  const uint64_t one = TestEvent{"t", "10"}.Json().size();
  std::vector<TestEvent> events;
  for (int i = 10; i < 60; ++i) events.push_back({"t", std::to_string(i)});
  ASSERT_TRUE(Publish(events).status.ok());
  ASSERT_TRUE(Erase("t", "59").ok());
  ASSERT_TRUE(Settings("t", {0, one * 10}).ok());
  WaitFor("all but ten go", [&] { return Topic("t").bytes <= one * 10; });
  EXPECT_EQ(Topic("t").events, 10U);
  EXPECT_EQ(Sequences("t").front(), 40U);
  ASSERT_EQ(PublishOne({"t", "99"}), Verdict::kAccepted);
  WaitFor("one more goes", [&] { return Sequences("t").front() == 41; });
  EXPECT_EQ(Topic("t").events, 10U);
  Reopen();
  EXPECT_EQ(Topic("t").bytes, one * 10);
}

TEST_F(RetentionTest, ManyPagesGoWhileAReaderKeepsItsPlace) {
  for (int i = 0; i < 25'000; i += 5'000) {
    std::vector<TestEvent> events;
    for (int n = i; n < i + 5'000; ++n) events.push_back({"t", std::to_string(n)});
    ASSERT_TRUE(Publish(events).status.ok());
  }
  store::ScanOptions options{.limit = 10};
  Result<store::ScanEnd> end = engine_->reader().ScanTopic("t", options, [](const auto&) {});
  ASSERT_TRUE(end.ok());
  ASSERT_TRUE(Settings("t", {0, TestEvent{"t", "24999"}.Json().size() * 3}).ok());
  WaitFor("all but three go", [&] { return Topic("t").events == 3; });
  options.after = end->next;
  EXPECT_EQ(Sequences("t", options), (std::vector<uint64_t>{24'998, 24'999, 25'000}));
  EXPECT_EQ(engine_->reader().Totals().gone, 24'997U);
  Reopen();  // some of it from a checkpoint
  EXPECT_EQ(Topic("t").events, 3U);
  EXPECT_EQ(engine_->reader().Totals().gone, 24'997U);
}

TEST_F(RetentionTest, AClockThatJumpsAheadDeletesNothing) {
  ASSERT_TRUE(Settings("t", {60, 0}).ok());
  ASSERT_EQ(PublishOne({"t", "a"}), Verdict::kAccepted);
  now_ += 3'700'000;
  WaitFor("the jump is noticed", [&] { return engine_->figures().retention_suspended; });
  EXPECT_NE(engine_->health_detail(), "");
  EXPECT_EQ(engine_->health(), Health::kOk) << "events are taken all the same";
  {
    const std::lock_guard lock(mutex_);
    ASSERT_EQ(alarms_.size(), 1U);
  }
  EXPECT_EQ(Topic("t").events, 1U);
  now_ -= 3'700'000;
  WaitFor("the clock is right again", [&] { return !engine_->figures().retention_suspended; });
  EXPECT_EQ(engine_->health_detail(), "");
  EXPECT_EQ(Topic("t").events, 1U) << "nothing had gone meanwhile";
  Pass(milliseconds(3'700'000));
  WaitFor("time has passed", [&] { return Topic("t").events == 0; });
}

TEST_F(RetentionTest, ARestartTakesTheClockAsItIs) {
  ASSERT_TRUE(Settings("t", {60, 0}).ok());
  ASSERT_EQ(PublishOne({"t", "a"}), Verdict::kAccepted);
  now_ += 3'700'000;
  WaitFor("the jump is noticed", [&] { return engine_->figures().retention_suspended; });
  Reopen();
  WaitFor("retention goes on", [&] { return Topic("t").events == 0; });
}

TEST_F(RetentionTest, ACutThatWasMeasuredTooEarlyIsRefused) {
  ASSERT_TRUE(Publish({{"t", "a"}, {"t", "b"}, {"t", "c"}}).status.ok());
  const uint64_t one = Topic("t").bytes / 3;
  ASSERT_TRUE(Erase("t", "a").ok());
  const Result<ChangeOutcome> late = Apply({RetainFrom{{0}, {3}, 2 * one, 0}, {}});
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code(), Code::kBusy);
  EXPECT_TRUE(Apply({RetainFrom{{0}, {3}, one, 1}, {}}).ok());
  EXPECT_EQ(Topic("t").bytes, one);
}

TEST_F(RetentionTest, TopicsOfSettingsAreBoundedToo) {
  ASSERT_TRUE(engine_->Stop().ok());
  engine_.reset();
  options_.topics_max = 1;
  Open();
  ASSERT_TRUE(Settings("t", {60, 0}).ok());
  EXPECT_EQ(Settings("u", {60, 0}).error().code(), Code::kTooManyTopics);
  EXPECT_TRUE(Settings("t", {61, 0}).ok());
}

// It is told once, not at each look, and the others' retention goes on.
TEST_F(RetentionTest, ATopicThatCannotBeReadIsToldAndStopsNoOther) {
  ASSERT_TRUE(Publish({{"damaged", "d1"}, {"whole", "w1"}}).status.ok());
  ASSERT_TRUE(Settings("damaged", {10, 0}).ok());
  ASSERT_TRUE(Settings("whole", {10, 0}).ok());
  const std::string path = "data/p0000/log/1.log";
  const size_t at = store::ReadWholeFile(disk_, path)->find("\"d1\"");
  ASSERT_NE(at, std::string::npos);
  ASSERT_TRUE((*disk_.Open(path, store::OpenMode::kReadWrite))->WriteAt(at, "\"x1\"").ok());
  Pass(std::chrono::seconds(20));
  WaitFor("retention of the other topic", [&] { return Find("whole", "w1") == Code::kGone; });
  ASSERT_EQ(PublishOne({"whole", "w2"}), Verdict::kAccepted);
  Pass(std::chrono::seconds(20));
  WaitFor("its second cut", [&] { return Find("whole", "w2") == Code::kGone; });
  const std::vector<std::string> alarms = Alarms();  // topics are looked at by id: it has come
  ASSERT_EQ(alarms.size(), 1U);
  EXPECT_TRUE(alarms[0].starts_with("retention of topic damaged: ")) << alarms[0];
  EXPECT_EQ(alarms[0].find("topic damaged", 20), std::string::npos) << alarms[0];
  EXPECT_NE(alarms[0].find(path), std::string::npos) << alarms[0];
  EXPECT_EQ(Topic("damaged").events, 1U) << "nothing went that could not be read";
}

}  // namespace
}  // namespace oncelog::ingest
