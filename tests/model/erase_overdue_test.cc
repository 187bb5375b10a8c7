// What was erased and cannot leave the disk in time: told in every way there is, until it has left.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "store/fs/file_helpers.h"
#include "store/manifest.h"
#include "store/segment/segment.h"
#include "store/store_identity.h"
#include "tests/model/tiny_store.h"
#include "tests/support/disk_image.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/publishing.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Change;
using ingest::Engine;
using ingest::EngineOptions;

// Some twenty of them fill a log file.
TestEvent Made(int id) { return {"topic0", std::to_string(id), 1, 3500}; }

void Publish(Engine& engine, int from, int count) {
  for (int id = from; id < from + count; ++id) {
    ASSERT_TRUE(engine.Apply(BatchOf(engine.hash_key(), {Made(id)})).status.ok());
  }
}

ingest::ChangeOutcome Erase(Engine& engine, int id) {
  const TestEvent event = Made(id);
  Change change{ingest::EraseEvent{event.topic, event.id, event.Json().size()}, {}};
  EXPECT_TRUE(engine.ApplyChange(&change).ok());
  return change.outcome;
}

EngineOptions ErasingWithin(std::chrono::milliseconds within) {
  EngineOptions options = TinySealingOptions();
  options.sealing.erase_within = within;
  return options;
}

// What the operator is told, line by line.
class Alarms {
 public:
  std::function<void(const std::string&)> taker() {
    return [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      lines_.push_back(line);
    };
  }
  auto Count(const std::string& what) {
    const std::lock_guard lock(mutex_);
    return std::count_if(lines_.begin(), lines_.end(), [&](const std::string& line) {
      return line.find(what) != std::string::npos;
    });
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

bool Says(const Engine& engine, const std::string& what) {
  return engine.health_detail().find(what) != std::string::npos;
}

// How it stands in a file.
std::string Marked(int id) { return R"("event_id":")" + std::to_string(id) + '"'; }

std::string LogWith(UnsyncedFileSystem& fs, int id) {
  for (const auto& [path, bytes] : TakeImage(fs, "data/p0000/log")) {
    if (path.ends_with(".log") && bytes.find(Marked(id)) != std::string::npos) return path;
  }
  ADD_FAILURE() << "no log file holds " << id;
  return "";
}

constexpr std::chrono::milliseconds kSoon{4};
// What is done at once has left by then: what is overdue is so because of what was left alone.
constexpr std::chrono::milliseconds kLater{400};
constexpr const char* kOverdue = "should have left the disk";

// What was erased is in the file that is written to, and there is no other to go on in.
TEST(EraseOverdueTest, IsToldAndMends) {
  UnsyncedFileSystem fs;
  FaultFileSystem faults(fs);
  Alarms alarms;
  EngineOptions options = ErasingWithin(kSoon);
  options.log_file_bytes_min = uint64_t{2} << 20;  // nothing but erasing asks for another file
  options.log_file_bytes_max = options.log_file_bytes_min;
  options.alarm = alarms.taker();
  auto engine = Engine::Open(faults, "data", options).Take();
  Publish(*engine, 0, 8);
  const uint64_t before = faults.faults();
  faults.Plan({.call = FsCall::kExists,  // of the name of a new file
               .code = Code::kDiskFull,
               .for_ever = true,
               .path_part = ".log"});
  Erase(*engine, 3);  // may leave yet, if the next file was made already
  ASSERT_TRUE(Becomes([&] { return faults.faults() > before; })) << "the one behind it was not";
  Publish(*engine, 8, 8);
  Erase(*engine, 11);
  const auto detail_tells = [&] { return Says(*engine, kOverdue); };
  EXPECT_TRUE(Becomes([&] { return engine->figures().erase_overdue && detail_tells(); }));
  EXPECT_EQ(engine->health(), ingest::Health::kOk) << "events are taken all the same";
  EXPECT_GT(alarms.Count("erase-within"), 0);
  faults.Heal();
  EXPECT_TRUE(Becomes([&] { return !engine->figures().erase_overdue && !detail_tells(); }));
  EXPECT_TRUE(Becomes([&] { return engine->figures().gone_events_on_disk == 0; }));
}

// Its events cannot be read, so what of it is gone stays: overdue, however often others are done.
TEST(EraseOverdueTest, IsForGoodInADamagedSegment) {
  UnsyncedFileSystem fs;
  {
    auto engine = Engine::Open(fs, "data", ErasingWithin(std::chrono::hours(1000))).Take();
    Publish(*engine, 0, 150);
    ASSERT_TRUE(Becomes([&] { return engine->figures().segments > 0; }));
    Erase(*engine, 3);
    ASSERT_TRUE(engine->Stop().ok());
  }
  DiskImage damaged = TakeImage(fs, "data");
  const uint64_t seed = store::LoadOrCreateIdentity(fs, "data")->checksum_seed();
  store::BlockCache cache(0);
  const auto manifest = store::DecodeManifest(damaged.at("data/p0000/MANIFEST"), seed, "MANIFEST");
  for (const store::SegmentInfo& info : manifest->segments) {
    const auto segment = store::Segment::Open(fs, "data/p0000/seg", info, seed, cache);
    const auto& blocks = (*segment)->blocks(store::BlockKind::kEvents);
    ASSERT_FALSE(blocks.empty());
    damaged.at("data/p0000/seg/" + std::to_string(info.id) + ".seg")[blocks[0].offset + 6] ^= 0x10;
  }
  const std::unique_ptr<UnsyncedFileSystem> bad = PutImage(damaged);
  Alarms alarms;
  EngineOptions options = ErasingWithin(kLater);
  options.alarm = alarms.taker();
  auto engine = Engine::Open(*bad, "data", options).Take();
  ASSERT_TRUE(Becomes([&] { return engine->figures().erase_overdue && Says(*engine, kOverdue); }));
  ASSERT_TRUE(Becomes([&] {  // what is left is what cannot be rewritten
    Publish(*engine, 150, 1);
    return Erase(*engine, 4).bytes_gone_by == std::nullopt;
  }));
  const uint64_t stay = engine->figures().gone_events_on_disk;
  EXPECT_GT(stay, 0U);
  for (int id = 200; id < 203; ++id) {
    Publish(*engine, id, 1);
    EXPECT_EQ(Erase(*engine, id).bytes_gone_by, std::nullopt);
    ASSERT_TRUE(Becomes([&] { return engine->figures().gone_events_on_disk <= stay; }));
    EXPECT_TRUE(engine->figures().erase_overdue);
  }
  EXPECT_EQ(alarms.Count("rewriting a segment"), 1) << "it is tried and told once";
}

// What is gone from segments leaves them all the same.
TEST(EraseOverdueTest, IsForGoodInADamagedLog) {
  UnsyncedFileSystem fs;
  {
    auto engine = Engine::Open(fs, "data", ErasingWithin(std::chrono::hours(1000))).Take();
    Publish(*engine, 0, 150);
    ASSERT_TRUE(Becomes([&] { return engine->figures().segments > 0; }));
    ASSERT_TRUE(engine->Stop().ok());
  }
  const std::string damaged_log = [&] {
    auto engine = Engine::Open(fs, "data", TinyOptions()).Take();  // seals nothing
    Publish(*engine, 150, 150);
    Erase(*engine, 200);
    const std::string path = LogWith(fs, 200);
    const uint64_t id = std::stoull(path.substr(path.rfind('/') + 1));
    const uint64_t seed = store::LoadOrCreateIdentity(fs, "data")->checksum_seed();
    int next = 300;
    EXPECT_TRUE(Becomes([&] {  // until the start need not read that file
      Publish(*engine, next++, 1);
      const auto bytes = store::ReadWholeFile(fs, "data/p0000/MANIFEST");
      return store::DecodeManifest(*bytes, seed, "MANIFEST")->cover.file_id > id;
    }));
    EXPECT_TRUE(engine->Stop().ok());
    return path;
  }();
  DiskImage damaged = TakeImage(fs, "data");
  std::string& log = damaged.at(damaged_log);
  log[log.find(Marked(200))] ^= 1;
  const std::unique_ptr<UnsyncedFileSystem> bad = PutImage(damaged);
  auto engine = Engine::Open(*bad, "data", ErasingWithin(kLater)).Take();
  EXPECT_TRUE(Becomes([&] { return Says(*engine, damaged_log) && Says(*engine, kOverdue); }));
  EXPECT_TRUE(engine->figures().erase_overdue);
  ASSERT_TRUE(Becomes([&] { return Erase(*engine, 5).bytes_gone_by == std::nullopt; }));
  for (const int id : {3, 4}) {
    const uint64_t rewritten = engine->figures().segments_rewritten;
    EXPECT_EQ(Erase(*engine, id).bytes_gone_by, std::nullopt);
    EXPECT_TRUE(Becomes([&] { return engine->figures().segments_rewritten > rewritten; })) << id;
    EXPECT_TRUE(engine->figures().erase_overdue);
    EXPECT_TRUE(Says(*engine, damaged_log)) << "what comes later has not hidden it";
  }
}

}  // namespace
}  // namespace oncelog::test
