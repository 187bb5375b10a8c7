// The golden stores: small ones in which everything is that a store of this version can hold.
// tests/golden/golden.py keeps them as text for later versions, which must be able to open them;
// what is tested here is that they hold what they should, so that a new one never holds less.
//
// With ONCELOG_GOLDEN=DIRECTORY the stores are written there, as `clean`, `torn` and `erased`, with
// the events that were accepted (NAME.sent.ndjson) and those that were erased or cut of them
// (NAME.gone.ndjson).
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ingest/engine.h"
#include "store/fs/file_helpers.h"
#include "store/verify/verifier.h"
#include "tests/model/damage_store.h"
#include "tests/model/gone_held.h"
#include "tests/model/tiny_store.h"
#include "tests/support/code_of.h"
#include "tests/support/disk_image.h"
#include "tests/support/publishing.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Change;
using ingest::Engine;
using ingest::Verdict;

constexpr int64_t kClockStart = 1'761'127'200'000;  // 2025-10-22T10:00:00Z
constexpr int kBatches = 19;                        // of a life
constexpr size_t kTornBytes = 300;                  // of a frame: its header and a part of the rest

struct Golden {
  DiskImage image;
  std::vector<TestEvent> sent, gone;
};

// What is made goes on from what was made before.
class GoldenMaker {
 public:
  Golden Clean() {
    // One life that seals, for segments, and one that does not, for topic indexes.
    Life(TinySealingOptions(), "data/p0000/seg", ".seg");
    Life(TinyOptions(), "data/p0000/log", ".topics");
    return {TakeImage(fs_, "data"), sent_, gone_};
  }

  // A killed store whose last frame got to the disk in part: it was never answered.
  Golden Torn() {
    auto engine = Open(TinyOptions());
    for (int i = 0; i < 3; ++i) Step(*engine, i);
    LeaveSomeUncovered(*engine);
    EXPECT_TRUE(Becomes([&] { return EndsWithMark(fs_); }));  // what differs then is a frame
    Golden torn{TakeStillImage(fs_, "data"), sent_, gone_};
    Publish(*engine, {Fresh(), Fresh()});
    for (const auto& [path, bytes] : TakeImage(fs_, "data")) {
      const auto old = torn.image.find(path);
      if (KindOf(path) != ".log" || old == torn.image.end() || old->second == bytes) continue;
      std::string& then = old->second;
      const auto differs = std::mismatch(bytes.begin(), bytes.end(), then.begin()).first;
      const auto at = static_cast<size_t>(differs - bytes.begin());
      then.replace(at, kTornBytes, bytes, at, kTornBytes);
      break;
    }
    return torn;
  }

  // Some of what is gone left the disk when the log was sealed, some when the segment was written
  // anew, some is still in the log; and the log says of all of it that it is gone.
  Golden Erased() {
    {
      auto engine = Open(TinyOptions());
      for (int i = 0; i < 4; ++i) Step(*engine, i);
      Erase(*engine, sent_[kInConflict]);
      Cut(*engine, 2);
      EXPECT_TRUE(engine->Stop().ok());
    }
    LeaveTheDisk();
    auto engine = Open(TinyOptions());
    Publish(*engine, {Fresh(), Fresh(), Fresh()});
    Set(*engine, "topic2");
    Erase(*engine, sent_[kErasedLate]);
    Cut(*engine, 3);
    EXPECT_TRUE(engine->Stop().ok());
    return {TakeImage(fs_, "data"), sent_, gone_};
  }

 private:
  static constexpr size_t kInConflict = 3;  // its number: see Step
  static constexpr size_t kErasedSealed = 8;
  static constexpr size_t kErasedLate = 12;

  void LeaveTheDisk() {
    ingest::EngineOptions leaving = TinySealingOptions();
    leaving.sealing.erase_within = std::chrono::milliseconds(4);
    auto engine = Open(leaving);
    const auto left = [&] { return engine->figures().gone_events_on_disk == 0; };
    EXPECT_TRUE(Becomes([&] { return left() && engine->figures().segments > 0; }));
    Erase(*engine, sent_[kErasedSealed]);
    EXPECT_TRUE(Becomes([&] { return left() && engine->figures().segments_rewritten > 0; }));
    EXPECT_TRUE(engine->Stop().ok());
  }

  std::unique_ptr<Engine> Open(ingest::EngineOptions options) {
    options.clock = [this] { return UnixMs{kClockStart + now_++}; };
    return Engine::Open(fs_, "data", options).Take();
  }

  // Background work has ended, and has left a file of that kind.
  bool IsQuiet(Engine& engine, const std::string& folder, const std::string& kind) {
    const ingest::EngineFigures figures = engine.figures();
    const std::vector<std::string> files = *fs_.List(folder);
    return figures.index.runs > 0 && figures.index.runs <= 4 && figures.seal_backlog_bytes == 0 &&
           std::any_of(files.begin(), files.end(),
                       [&](const auto& f) { return KindOf(f) == kind; });
  }

  void Life(const ingest::EngineOptions& options, const std::string& folder,
            const std::string& kind) {
    auto engine = Open(options);
    for (int i = 0; i < kBatches; ++i) Step(*engine, i);
    EXPECT_TRUE(Becomes([&] { return IsQuiet(*engine, folder, kind); }));
    LeaveSomeUncovered(*engine);
    EXPECT_TRUE(engine->Stop().ok());
  }

  // Flushed is what fills a table, with the next frame; then, if that was all, one more event.
  void LeaveSomeUncovered(Engine& engine) {
    const auto in_table = [&] { return engine.figures().index.table_entries; };
    EXPECT_TRUE(Becomes([&] {
      if (in_table() < TinyOptions().index.table_entries_max) return true;
      Publish(engine, {sent_.front()});
      return false;
    }));
    if (in_table() == 0) Publish(engine, {Fresh()});
  }

  void Step(Engine& engine, int step) {
    std::vector<TestEvent> events;
    for (int i = 0; i < 5; ++i) events.push_back(Fresh());
    if (step % 4 == 1) events.push_back(sent_[sent_.size() / 2]);  // a duplicate
    if (step % 8 == 2) {                                           // a conflict
      events.push_back(sent_[sent_.size() / 3]);
      ++events.back().value;
    }
    Publish(engine, events);
    if (step % 10 == 3) Set(engine, "topic" + std::to_string(step % 3));
    if (step % 10 == 5) Erase(engine, sent_[sent_.size() - 20]);
    if (step == kBatches - 5) Cut(engine, 10);
  }

  TestEvent Fresh() {
    const size_t id = made_++;
    const std::string topic = id % 11 == 0 ? "t\xC3\xB6pic/ \xE2\x82\xAC" : "topic";
    return {topic + std::to_string(id % 4), "id " + std::to_string(id), static_cast<int>(id % 7),
            id % 40 == 0 ? 900 : id % 60, "source " + std::to_string(id % 3)};
  }

  void Publish(Engine& engine, const std::vector<TestEvent>& events) {
    const ingest::Outcome outcome = engine.Apply(BatchOf(engine.hash_key(), events));
    ASSERT_TRUE(outcome.status.ok());
    for (size_t i = 0; i < events.size(); ++i) {
      if (outcome.verdicts[i].verdict == Verdict::kAccepted) sent_.push_back(events[i]);
    }
  }

  static void Set(Engine& engine, const std::string& topic) {
    Change change{ingest::SetSettings{topic, {0, uint64_t{1} << 40}}, {}};
    EXPECT_TRUE(engine.ApplyChange(&change).ok());
  }

  void Erase(Engine& engine, const TestEvent& event) {
    Change change{ingest::EraseEvent{event.topic, event.id, event.Json().size()}, {}};
    EXPECT_TRUE(engine.ApplyChange(&change).ok());
    gone_.push_back(event);
  }

  // The oldest of a topic, as retention would have it.
  void Cut(Engine& engine, uint64_t events) {
    constexpr const char* kTopic = "topic1";
    const auto before = engine.reader().Topic(kTopic);
    ASSERT_TRUE(before.has_value());
    ingest::RetainFrom cut{{0}, {events + 1}, 0, before->last_sequence.value - before->events};
    uint64_t seen = 0;
    for (const TestEvent& event : sent_) {
      if (event.topic != kTopic || ++seen > events) continue;
      const auto visit = [&](const auto& view) {
        cut.json_bytes += view.json.size();
        gone_.push_back(event);
      };
      (void)engine.reader().Find(kTopic, event.id, visit);  // some were erased before
    }
    cut.topic = TopicNumber(kTopic);
    Change change{cut, {}};
    EXPECT_TRUE(engine.ApplyChange(&change).ok());
  }

  // Topics are numbered in the order of their first events.
  [[nodiscard]] TopicId TopicNumber(const std::string& name) const {
    std::vector<std::string> names;
    for (const TestEvent& event : sent_) {
      if (std::find(names.begin(), names.end(), event.topic) == names.end()) {
        names.push_back(event.topic);
      }
      if (event.topic == name) break;
    }
    return {static_cast<uint32_t>(names.size() - 1)};
  }

  UnsyncedFileSystem fs_;
  std::atomic<int64_t> now_{0};  // the engine's threads ask for it too
  size_t made_ = 0;
  std::vector<TestEvent> sent_, gone_;
};

void WriteEvents(const std::string& path, const std::vector<TestEvent>& events) {
  std::ofstream file(path);
  for (const TestEvent& event : events) file << event.Json() << '\n';
}

// If that was asked for.
void Write(const std::string& name, const Golden& golden) {
  const char* directory = std::getenv("ONCELOG_GOLDEN");
  if (directory == nullptr) return;
  const std::string to = std::string(directory) + "/" + name;
  for (const auto& [path, bytes] : golden.image) {
    const std::string file = path.substr(std::string("data").size());
    if (file == "/LOCK") continue;
    std::filesystem::create_directories(store::DirectoryOf(to + file));
    std::ofstream(to + file, std::ios::binary) << bytes;
  }
  WriteEvents(to + ".sent.ndjson", golden.sent);
  WriteEvents(to + ".gone.ndjson", golden.gone);
}

int FilesOf(const DiskImage& image, const std::string& kind) {
  return static_cast<int>(std::count_if(
      image.begin(), image.end(), [&](const auto& file) { return KindOf(file.first) == kind; }));
}

TEST(GoldenStore, HoldsEverythingThereIs) {
  GoldenMaker maker;
  const Golden clean = maker.Clean();
  const Golden torn = maker.Torn();
  for (const Golden* golden : {&clean, &torn}) {
    for (const char* kind :
         {"STORE", "STORE.bak", "MANIFEST", ".log", ".topics", ".run", ".ckpt", ".seg"}) {
      EXPECT_GT(FilesOf(golden->image, kind), 0) << kind;
    }
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(golden->image);
    auto engine = Engine::Open(*fs, "data", TinyOptions()).Take();
    const store::StoreTotals totals = engine->reader().Totals();
    EXPECT_GT(totals.duplicates, totals.conflicts);
    EXPECT_GT(totals.conflicts, 5U);
    EXPECT_GT(totals.gone, 10U);
    EXPECT_EQ(engine->opened().torn_bytes > 0, golden == &torn);
    EXPECT_EQ(engine->opened().clean_stop, golden == &clean);
    EXPECT_GT(engine->opened().replayed_events, 0U) << "not all of the log is covered";
  }
  Write("clean", clean);
  Write("torn", torn);
}

TEST(GoldenStore, HoldsAllThatErasingMakes) {
  const Golden golden = GoldenMaker().Erased();
  EXPECT_TRUE(GoneHeldIn(golden.image).Everything());
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(golden.image);
  const auto report = store::VerifyStore(*fs, "data", nullptr);
  ASSERT_TRUE(report.ok()) << report.error().message();
  EXPECT_TRUE(report->clean());
  auto engine = Engine::Open(*fs, "data", TinyOptions()).Take();
  EXPECT_GT(engine->opened().replayed_events, 0U) << "not all of the log is covered";
  EXPECT_EQ(engine->reader().Totals().gone, golden.gone.size());
  for (const TestEvent& event : golden.gone) {
    const Status found = engine->reader().Find(event.topic, event.id, [](const auto&) {});
    EXPECT_EQ(CodeOf(found), Code::kGone) << event.id;
  }
  Write("erased", golden);
}

}  // namespace
}  // namespace oncelog::test
