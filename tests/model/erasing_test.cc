// What was erased, or is past its retention, leaves the disk: out of the log, out of segments, out
// of the conflicts that others caused; and a process that dies, a call that fails or a power loss
// at any step of it changes nothing that can be read. Every file of the data directory is searched,
// as it stands and as it is decoded.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "store/backup/backup.h"
#include "store/backup/restore.h"
#include "store/manifest.h"
#include "store/segment/segment_check.h"
#include "store/store_identity.h"
#include "tests/model/tiny_store.h"
#include "tests/support/disk_image.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/publishing.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Change;
using ingest::Engine;
using ingest::EngineOptions;
using ingest::Verdict;

constexpr size_t kTopics = 3;

EngineOptions Leaving() {
  EngineOptions options = TinySealingOptions();
  options.sealing.erase_within = std::chrono::milliseconds(4);
  return options;
}

// Nothing waits long enough to leave the disk.
EngineOptions Staying() {
  EngineOptions options = TinySealingOptions();
  options.sealing.erase_within = std::chrono::hours(1000);
  return options;
}

EngineOptions Unsealed() {
  EngineOptions options = TinyOptions();
  options.retention_every = std::chrono::hours(1);
  return options;
}

// Its id stands in its JSON and nowhere else. Odd ones are UUIDs, which segments pack.
TestEvent Made(size_t id) {
  const std::string text = std::to_string(id);
  const std::string uuid = "00112233-4455-4677-8899-" + std::string(12 - text.size(), '0') + text;
  return {"topic" + std::to_string(id % kTopics), id % 2 == 0 ? "who-" + text + "-" : uuid, 1,
          id % 200};
}

void Publish(Engine& engine, size_t from, size_t to) {
  for (size_t id = from; id < to; id += 8) {
    std::vector<TestEvent> events;
    for (size_t i = id; i < std::min(to, id + 8); ++i) events.push_back(Made(i));
    ASSERT_TRUE(engine.Apply(BatchOf(engine.hash_key(), events)).status.ok());
  }
}

ingest::EventVerdict PublishOne(Engine& engine, const TestEvent& event) {
  const ingest::Outcome outcome = engine.Apply(BatchOf(engine.hash_key(), {event}));
  EXPECT_TRUE(outcome.status.ok());
  return outcome.verdicts.at(0);
}

TestEvent Conflicting(size_t id) {
  TestEvent other = Made(id);
  other.value = 2;
  return other;
}

void Erase(Engine& engine, size_t id) {
  const TestEvent event = Made(id);
  ingest::EraseEvent erase{event.topic, event.id};
  const Status found = engine.reader().Find(
      event.topic, event.id, [&](const auto& view) { erase.json_bytes = view.json.size(); });
  ASSERT_TRUE(found.ok()) << found.error().message();
  Change change{erase, {}};
  ASSERT_TRUE(engine.ApplyChange(&change).ok());
  ASSERT_TRUE(change.outcome.changed);
}

// All that can be read, in order of durability and topic by topic, and what is counted of it.
std::vector<std::string> ReadAll(Engine& engine) {
  std::vector<std::string> rows;
  const auto visit = [&](const store::EventView& view) {
    rows.push_back(std::to_string(view.position.value) + " " + std::to_string(view.sequence.value) +
                   " " + std::to_string(view.received_at.value) + " " + std::string(view.json));
  };
  for (const bool descending : {false, true}) {
    const store::ScanOptions options{.descending = descending, .limit = SIZE_MAX};
    EXPECT_TRUE(engine.reader().ScanAll(options, visit).ok());
    for (size_t topic = 0; topic < kTopics; ++topic) {
      EXPECT_TRUE(engine.reader().ScanTopic("topic" + std::to_string(topic), options, visit).ok());
    }
  }
  for (const store::TopicInfo& topic : engine.reader().Topics("", "", kTopics)) {
    rows.push_back(topic.name + " " + std::to_string(topic.events) + " " +
                   std::to_string(topic.bytes));
  }
  return rows;
}

class Search {
 public:
  explicit Search(const DiskImage& image) : image_(image) {
    fs_ = PutImage(image);
    const auto identity = store::LoadOrCreateIdentity(*fs_, "data");
    const auto manifest = store::DecodeManifest(image.at("data/p0000/MANIFEST"),
                                                identity->checksum_seed(), "MANIFEST");
    for (const store::SegmentInfo& info : manifest->segments) {
      const auto segment =
          store::Segment::Open(*fs_, "data/p0000/seg", info, identity->checksum_seed(), cache_);
      EXPECT_TRUE(segment.ok()) << segment.error().message();
      const Status whole = store::VerifySegment(**segment, identity->checksum_seed());
      EXPECT_TRUE(whole.ok()) << whole.error().message();
      const Status read = store::ReadSegment(
          **segment, {[&](const store::SegmentRecord& record) {
                        decoded_ += record.record.bytes;
                        return OkStatus();
                      },
                      [&](const store::SegmentEvent& event, const event::IndexEntry&) {
                        decoded_.append(event.source).append(event.json).append("\n");
                        return OkStatus();
                      }});
      EXPECT_TRUE(read.ok());
    }
  }

  // Where the event's bytes stand, or empty.
  [[nodiscard]] std::string Find(size_t id) const {
    const std::string who = Made(id).id;
    for (const auto& [path, bytes] : image_) {
      if (bytes.find(who) != std::string::npos) return path;
    }
    return decoded_.find(who) == std::string::npos ? "" : "a segment";
  }

 private:
  const DiskImage& image_;
  std::unique_ptr<UnsyncedFileSystem> fs_;
  store::BlockCache cache_{0};
  std::string decoded_;
};

size_t FilesOf(UnsyncedFileSystem& fs, const std::string& folder, const std::string& kind) {
  size_t files = 0;
  const Result<std::vector<std::string>> names = fs.List("data/p0000/" + folder);
  for (const std::string& name : *names) files += name.ends_with(kind) ? 1 : 0;
  return files;
}

class ErasingTest : public ::testing::Test {
 protected:
  static constexpr size_t kEvents = 700;

  // Some of the events are in segments, some in log files that wait for neighbours, some in the
  // file that is written to; of each some are erased, and some are in conflict with others.
  void SetUp() override {
    UnsyncedFileSystem fs;
    auto engine = Engine::Open(fs, "data", Staying()).Take();
    Publish(*engine, 0, 200);
    for (const size_t id : {3U, 10U, 11U}) PublishOne(*engine, Conflicting(id));
    Publish(*engine, 200, kEvents - 100);
    ASSERT_TRUE(Becomes([&] { return HasSealed(*engine); }));
    PublishOne(*engine, Conflicting(12));  // its original is in a segment
    Publish(*engine, kEvents - 100, kEvents);
    ASSERT_TRUE(engine->Stop().ok());
    engine.reset();
    engine = Engine::Open(fs, "data", Unsealed()).Take();
    for (const size_t id : erased_) Erase(*engine, id);
    CutFirst(*engine, 4);
    expected_ = ReadAll(*engine);
    ASSERT_TRUE(engine->Stop().ok());
    engine.reset();
    before_ = TakeImage(fs, "data");
    const Search search(before_);
    for (const size_t id : erased_) ASSERT_NE(search.Find(id), "");
  }

  // What is full while another table is written is flushed when the log goes on, and only what is
  // flushed is sealed: so it goes on, with an event that is known.
  static bool HasSealed(Engine& engine) {
    const ingest::EngineFigures figures = engine.figures();
    if (figures.segments > 2 && figures.seal_backlog_bytes == 0) return true;
    if (figures.index.table_entries >= Staying().index.table_entries_max) {
      PublishOne(engine, Made(0));
    }
    return false;
  }

  // The first few events of topic0, as retention would have them.
  void CutFirst(Engine& engine, uint64_t events) {
    ingest::RetainFrom cut{{0}, {events + 1}, 0, 0};
    const auto topic = engine.reader().Topic("topic0");
    cut.gone_before = topic->last_sequence.value - topic->events;
    const auto end =
        engine.reader().ScanTopic("topic0", {.limit = SIZE_MAX}, [&](const store::EventView& view) {
          if (view.sequence.value <= events) cut.json_bytes += view.json.size();
        });
    ASSERT_TRUE(end.ok());
    Change change{cut, {}};
    ASSERT_TRUE(engine.ApplyChange(&change).ok());
    for (size_t id = 0; id < events * kTopics; id += kTopics) erased_.insert(id);
  }

  // Until all of it is done, or until a change fails, as all do from the n-th on: then true.
  static bool LiveUntilChange(UnsyncedFileSystem& fs, uint64_t nth) {
    FaultFileSystem faults(fs);
    faults.Plan({.call = FsCall::kChange, .nth = nth, .for_ever = true});
    auto engine = Engine::Open(faults, "data", Leaving());
    if (!engine.ok()) return true;
    EXPECT_TRUE(Becomes(
        [&] { return faults.faults() > 0 || (*engine)->figures().gone_events_on_disk == 0; }));
    return faults.faults() > 0;
  }

  // Until nothing that is gone is on the disk.
  static bool HasLeft(Engine& engine, UnsyncedFileSystem& fs, const std::set<size_t>& ids) {
    return Becomes([&] {
      if (engine.figures().gone_events_on_disk > 0) return false;
      const DiskImage image = TakeStillImage(fs, "data");
      const Search search(image);
      return std::all_of(ids.begin(), ids.end(),
                         [&](size_t id) { return search.Find(id).empty(); });
    });
  }

  std::string Left(Engine& engine, UnsyncedFileSystem& fs) {
    const DiskImage image = TakeStillImage(fs, "data");
    const Search search(image);
    std::string left = std::to_string(engine.figures().gone_events_on_disk) + " events";
    for (const size_t id : erased_) {
      if (const std::string where = search.Find(id); !where.empty()) {
        left += ", " + std::to_string(id) + " in " + where;
      }
    }
    return left + " are left on the disk";
  }

  // What is wrong with the store as it lies there, or empty; afterwards all that is gone has left.
  std::string Judge(UnsyncedFileSystem& fs) {
    {
      auto engine = Engine::Open(fs, "data", Unsealed());
      if (!engine.ok()) return "refused to start: " + engine.error().message();
      if (ReadAll(**engine) != expected_) return "what can be read is not the same";
    }
    auto engine = Engine::Open(fs, "data", Leaving());
    if (!engine.ok()) return "refused to start again: " + engine.error().message();
    if (!HasLeft(**engine, fs, erased_)) return Left(**engine, fs);
    if (ReadAll(**engine) != expected_) return "what can be read is not the same afterwards";
    const std::string wrong = JudgeVerdicts(**engine);
    if (!(*engine)->Stop().ok()) return "it does not stop";
    const ingest::EngineFigures figures = (*engine)->figures();
    engine->reset();
    if (FilesOf(fs, "seg", ".seg") != figures.segments) return "a segment was left over";
    return wrong;
  }

  // Ids stay known: of all events, and the contents of those erased.
  std::string JudgeVerdicts(Engine& engine) {
    std::vector<TestEvent> all;
    for (size_t id = 0; id < kEvents; ++id) all.push_back(Made(id));
    const ingest::Outcome again = engine.Apply(BatchOf(engine.hash_key(), all));
    if (!again.status.ok()) return again.status.error().message();
    for (size_t id = 0; id < kEvents; ++id) {
      const ingest::EventVerdict& verdict = again.verdicts.at(id);
      if (verdict.verdict != Verdict::kDuplicate) return "event " + std::to_string(id) + " is new";
      if (verdict.sequence.value != id / kTopics + 1) return "a sequence has changed";
    }
    for (const size_t id : erased_) {
      const TestEvent event = Made(id);
      if (PublishOne(engine, Conflicting(id)).verdict != Verdict::kConflict) return "no conflict";
      const Status found = engine.reader().Find(event.topic, event.id, [](const auto&) {});
      if (found.ok() || found.error().code() != Code::kGone) return "it can be looked up";
    }
    return "";
  }

  // Yields its files as if they were a store's.
  static DiskImage TakeBackup(UnsyncedFileSystem& fs, const std::string& target, bool link) {
    const auto report =
        store::TakeBackup(fs, "data", target, {.link = link, .version = "test"}, nullptr);
    EXPECT_TRUE(report.ok()) << report.error().message();
    DiskImage image;
    for (const auto& [path, bytes] : TakeImage(fs, target)) {
      image["data" + path.substr(target.size())] = bytes;
    }
    return image;
  }

  // A disk with nothing but the store that is made of the backup.
  static std::unique_ptr<UnsyncedFileSystem> Restored(UnsyncedFileSystem& fs,
                                                      const std::string& backup) {
    std::unique_ptr<UnsyncedFileSystem> other = PutImage(TakeImage(fs, backup));
    EXPECT_TRUE(store::RestoreBackup(*other, backup, "data", {}, nullptr).ok());
    return other;
  }

  const uint64_t seed_ = TestSeed();
  std::set<size_t> erased_ = {10, 11, 12, 47, 300, 301, 302, 540, kEvents - 90, kEvents - 1};
  std::vector<std::string> expected_;
  DiskImage before_;
};

TEST_F(ErasingTest, NoFileHoldsWhatWasErased) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(before_);
  EXPECT_EQ(Judge(*fs), "");
  const DiskImage after = TakeImage(*fs, "data");
  const Search search(after);
  for (size_t id = 0; id < kEvents; ++id) {
    EXPECT_EQ(search.Find(id).empty(), erased_.count(id) > 0) << id;
  }
  // And it stays so over a start.
  EXPECT_EQ(Judge(*fs), "");
}

TEST_F(ErasingTest, WhileEventsComeAndGo) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(before_);
  auto engine = Engine::Open(*fs, "data", Leaving()).Take();
  std::set<size_t> erased = erased_;
  for (size_t from = kEvents; from < kEvents + 400; from += 40) {
    Publish(*engine, from, from + 40);
    for (const size_t id : {from + 1, from - 333}) {
      if (erased.insert(id).second) Erase(*engine, id);
    }
  }
  EXPECT_TRUE(HasLeft(*engine, *fs, erased));
  EXPECT_TRUE(Becomes([&] { return engine->figures().segments_rewritten > 0; }));
  EXPECT_TRUE(Becomes([&] { return engine->figures().last_rewrite_at.value != 0; }));
  const DiskImage image = TakeStillImage(*fs, "data");
  const Search search(image);
  for (size_t id = 0; id < kEvents + 400; ++id) {
    EXPECT_EQ(search.Find(id).empty(), erased.count(id) > 0) << id;
  }
}

// Each step is some change on the disk; from the n-th on none gets there any more.
TEST_F(ErasingTest, AProcessThatDiesAtAnyStep) {
  bool struck = true;
  for (uint64_t nth = 1; struck; ++nth) {
    std::unique_ptr<UnsyncedFileSystem> fs = PutImage(before_);
    struck = LiveUntilChange(*fs, nth);
    if (nth % 3 == 0) {  // the next life ends early, too
      LiveUntilChange(*fs, 1 + (seed_ + nth * 7) % 40);
      ASSERT_EQ(Judge(*PutImage(TakeImage(*fs, "data"))), "")
          << "killed twice, at change " << nth << ", ONCELOG_TEST_SEED=" << seed_;
    }
    const auto after = fs->LosePower(seed_ + nth, nth % 2 == 0 ? 512 : 4096);
    ASSERT_EQ(Judge(*after), "") << "power loss at change " << nth
                                 << ", ONCELOG_TEST_SEED=" << seed_;
  }
}

TEST_F(ErasingTest, ACallThatFailsAtAnyStep) {
  for (const FsCall call : {FsCall::kRename, FsCall::kDirectorySync, FsCall::kOpen}) {
    bool struck = true;
    // What failed is tried again after a second, so not each of them.
    for (uint64_t nth = 1 + seed_ % 3; struck; nth += 3) {
      const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(before_);
      FaultFileSystem faults(*fs);
      faults.Plan({.call = call, .nth = nth});
      {
        auto engine = Engine::Open(faults, "data", Leaving());
        if (engine.ok()) {
          ASSERT_TRUE(Becomes([&] {
            return faults.faults() > 0 || (*engine)->figures().gone_events_on_disk == 0;
          }));
          struck = faults.faults() > 0;
          ASSERT_TRUE(HasLeft(**engine, *fs, erased_)) << nth;  // it is tried again
          ASSERT_EQ(ReadAll(**engine), expected_);
        }
      }
      const auto after = fs->LosePower(seed_ + nth);
      ASSERT_EQ(Judge(*after), "") << "power loss after call " << nth << " of kind "
                                   << static_cast<int>(call) << ", ONCELOG_TEST_SEED=" << seed_;
    }
  }
}

// A segment under a reader is rewritten meanwhile; the reader goes on and passes over what is gone.
TEST_F(ErasingTest, AReaderGoesOnWithTheSegmentsItBeganWith) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(before_);
  auto engine = Engine::Open(*fs, "data", Staying()).Take();
  engine.reset();
  engine = Engine::Open(*fs, "data", Leaving()).Take();
  std::vector<std::string> read;
  const auto end = engine->reader().ScanAll({.limit = SIZE_MAX}, [&](const store::EventView& view) {
    if (read.empty()) {
      EXPECT_TRUE(Becomes([&] { return engine->figures().gone_events_on_disk == 0; }));
    }
    read.emplace_back(view.json);
  });
  ASSERT_TRUE(end.ok()) << end.error().message();
  EXPECT_EQ(read.size(), kEvents - erased_.size());
  EXPECT_TRUE(HasLeft(*engine, *fs, erased_));
  EXPECT_TRUE(Becomes([&] { return FilesOf(*fs, "seg", ".seg") == engine->figures().segments; }));
}

// All of a topic goes by retention: what is left of it is small, and time windows pass over it.
TEST_F(ErasingTest, ACutOfMoreThanAQuarterNeedNotWait) {
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(before_);
  EngineOptions options = TinySealingOptions();
  options.sealing.erase_within = std::chrono::seconds(2);  // looked at every 125 ms
  auto engine = Engine::Open(*fs, "data", options).Take();
  ASSERT_TRUE(Becomes([&] { return engine->figures().gone_events_on_disk == 0; }));
  const uint64_t before = engine->figures().segment_bytes;
  const uint64_t rewritten = engine->figures().segments_rewritten;
  for (uint32_t topic = 0; topic < kTopics; ++topic) {
    const std::string name = "topic" + std::to_string(topic);
    ingest::RetainFrom cut{{topic}, {100}, 0, 0};
    const auto info = engine->reader().Topic(name);
    cut.gone_before = info->last_sequence.value - info->events;
    const auto end = engine->reader().ScanTopic(name, {.limit = SIZE_MAX}, [&](const auto& view) {
      if (view.sequence.value < 100) cut.json_bytes += view.json.size();
    });
    ASSERT_TRUE(end.ok());
    Change change{cut, {}};
    ASSERT_TRUE(engine->ApplyChange(&change).ok());
  }
  EXPECT_TRUE(Becomes([&] { return engine->figures().segments_rewritten > rewritten; }));
  EXPECT_TRUE(Becomes([&] { return engine->figures().gone_events_on_disk == 0; }));
  EXPECT_LT(engine->figures().segment_bytes, before);
  EXPECT_TRUE(Becomes([&] { return !engine->figures().erase_overdue; }));
}

// A backup taken behind the receipt may hold the bytes; nobody reads them in the store that is made
// of it, and there they leave the disk as they would have here.
TEST_F(ErasingTest, ABackupKnowsWhatWasErased) {
  for (const bool link : {true, false}) {
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(before_);
    EXPECT_NE(Search(TakeBackup(*fs, "early", link)).Find(*erased_.begin()), "");
    EXPECT_EQ(Judge(*Restored(*fs, "early")), "");
    // As soon as they have left the disk, what is backed up does not hold them any more.
    EXPECT_EQ(Judge(*fs), "");
    const DiskImage late = TakeBackup(*fs, "late", link);
    const Search search(late);
    for (const size_t id : erased_) EXPECT_EQ(search.Find(id), "") << id;
    EXPECT_EQ(Judge(*Restored(*fs, "late")), "");
  }
}

// Nothing else is published and nothing is stopped: the file that is written to is left for it.
TEST(ErasingTheLatestTest, LeavesTheFileThatIsWrittenTo) {
  UnsyncedFileSystem fs;
  EngineOptions options = Leaving();
  options.log_file_bytes_min = uint64_t{2} << 20;  // too much to be full of requests to leave it
  options.log_file_bytes_max = options.log_file_bytes_min;
  auto engine = Engine::Open(fs, "data", options).Take();
  Publish(*engine, 0, 8);
  Erase(*engine, 3);
  EXPECT_TRUE(Becomes([&] {
    const DiskImage image = TakeStillImage(fs, "data");
    return Search(image).Find(3).empty();
  }));
  EXPECT_EQ(PublishOne(*engine, Made(3)).verdict, Verdict::kDuplicate) << "its id stays";
}

}  // namespace
}  // namespace oncelog::test
