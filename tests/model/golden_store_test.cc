// The golden stores: two small ones in which everything is that a store of this version can hold.
// tests/golden/golden.py keeps them as text for later versions, which must be able to open them;
// what is tested here is that they hold what they should, so that a new one never holds less.
//
// With ONCELOG_GOLDEN=DIRECTORY the stores are written there, as `clean` and `torn`, with the
// events that were accepted (NAME.sent.ndjson) and those that were erased or cut of them
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
#include "tests/model/damage_store.h"
#include "tests/model/tiny_store.h"
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

class GoldenStore {
 public:
  GoldenStore() {
    // One life that seals, for segments, and one that does not, for topic indexes.
    Life(TinySealingOptions(), "data/p0000/seg", ".seg");
    Life(TinyOptions(), "data/p0000/log", ".topics");
    clean_ = TakeImage(fs_, "data");
    clean_sent_ = sent_;
    Tear();
  }

  [[nodiscard]] const DiskImage& clean() const { return clean_; }
  [[nodiscard]] const DiskImage& torn() const { return torn_; }

  void Write(const std::string& directory) const {
    WriteStore(directory + "/clean", clean_, clean_sent_);
    WriteStore(directory + "/torn", torn_, sent_);
  }

 private:
  ingest::EngineOptions WithClock(ingest::EngineOptions options) {
    options.clock = [this] { return UnixMs{kClockStart + now_++}; };
    return options;
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
    auto engine = Engine::Open(fs_, "data", WithClock(options)).Take();
    for (int i = 0; i < kBatches; ++i) Step(*engine, i);
    EXPECT_TRUE(Becomes([&] { return IsQuiet(*engine, folder, kind); }));
    LeaveSomeUncovered(*engine);
    EXPECT_TRUE(engine->Stop().ok());
  }

  // Flushed is what fills a table; then, if that was all, one more event.
  void LeaveSomeUncovered(Engine& engine) {
    const auto in_table = [&] { return engine.figures().index.table_entries; };
    EXPECT_TRUE(Becomes([&] { return in_table() < TinyOptions().index.table_entries_max; }));
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
    if (step == kBatches - 5) Cut(engine);
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

  // The oldest ten of a topic, as retention would have it.
  void Cut(Engine& engine) {
    constexpr const char* kTopic = "topic1";
    const auto before = engine.reader().Topic(kTopic);
    ASSERT_TRUE(before.has_value());
    ingest::RetainFrom cut{{0}, {11}, 0, before->last_sequence.value - before->events};
    uint64_t seen = 0;
    for (const TestEvent& event : sent_) {
      if (event.topic != kTopic || ++seen > 10) continue;
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

  // A killed store whose last frame got to the disk in part: it was never answered.
  void Tear() {
    auto engine = Engine::Open(fs_, "data", WithClock(TinyOptions())).Take();
    for (int i = 0; i < 3; ++i) Step(*engine, i);
    LeaveSomeUncovered(*engine);
    torn_ = TakeStillImage(fs_, "data");
    const std::vector<TestEvent> answered = sent_;
    Publish(*engine, {Fresh(), Fresh()});
    for (const auto& [path, bytes] : TakeImage(fs_, "data")) {
      std::string& then = torn_[path];
      if (KindOf(path) != ".log" || then == bytes) continue;
      const auto differs = std::mismatch(bytes.begin(), bytes.end(), then.begin()).first;
      const auto at = static_cast<size_t>(differs - bytes.begin());
      then.replace(at, kTornBytes, bytes, at, kTornBytes);
      break;
    }
    sent_ = answered;
  }

  void WriteStore(const std::string& to, const DiskImage& image,
                  const std::vector<TestEvent>& sent) const {
    for (const auto& [path, bytes] : image) {
      const std::string name = path.substr(std::string("data").size());
      if (name == "/LOCK") continue;
      std::filesystem::create_directories(store::DirectoryOf(to + name));
      std::ofstream(to + name, std::ios::binary) << bytes;
    }
    std::ofstream accepted(to + ".sent.ndjson");
    for (const TestEvent& event : sent) accepted << event.Json() << '\n';
    std::ofstream gone(to + ".gone.ndjson");
    for (const TestEvent& event : gone_) gone << event.Json() << '\n';
  }

  UnsyncedFileSystem fs_;
  std::atomic<int64_t> now_{0};  // the engine's threads ask for it too
  size_t made_ = 0;
  std::vector<TestEvent> sent_, clean_sent_;
  std::vector<TestEvent> gone_;
  DiskImage clean_, torn_;
};

int FilesOf(const DiskImage& image, const std::string& kind) {
  return static_cast<int>(std::count_if(
      image.begin(), image.end(), [&](const auto& file) { return KindOf(file.first) == kind; }));
}

TEST(GoldenStore, HoldsEverythingThereIs) {
  const GoldenStore golden;
  for (const DiskImage* image : {&golden.clean(), &golden.torn()}) {
    for (const char* kind :
         {"STORE", "STORE.bak", "MANIFEST", ".log", ".topics", ".run", ".ckpt", ".seg"}) {
      EXPECT_GT(FilesOf(*image, kind), 0) << kind;
    }
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(*image);
    auto engine = Engine::Open(*fs, "data", TinyOptions()).Take();
    const store::StoreTotals totals = engine->reader().Totals();
    EXPECT_GT(totals.duplicates, totals.conflicts);
    EXPECT_GT(totals.conflicts, 5U);
    EXPECT_GT(totals.gone, 10U);
    const bool torn = image == &golden.torn();
    EXPECT_EQ(engine->opened().torn_bytes > 0, torn);
    EXPECT_EQ(engine->opened().clean_stop, !torn);
    EXPECT_GT(engine->opened().replayed_events, 0U) << "not all of the log is covered";
  }
  if (const char* directory = std::getenv("ONCELOG_GOLDEN")) golden.Write(directory);
}

}  // namespace
}  // namespace oncelog::test
