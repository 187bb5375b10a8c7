// Settings, erasing and cuts on a store that is killed or loses power at random calls: what was
// acked holds after every restart, what was not is there whole or not at all, counts agree with a
// recount, and verify and rebuild know what is gone. A failure prints the seed that replays it.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "ingest/engine.h"
#include "store/manifest.h"
#include "store/rebuild/rebuild.h"
#include "store/store_identity.h"
#include "store/verify/verifier.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/publishing.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Change;
using ingest::Engine;
using ingest::Verdict;

constexpr const char* kTopic = "t";

// What is known of an event, or of the topic's settings, from answers alone.
enum class Known { kYes, kNo, kPerhaps };

class Life {
 public:
  explicit Life(uint64_t seed) : random_(seed) {
    options_.log_file_bytes_min = uint64_t{64} << 10;
    options_.log_file_bytes_max = uint64_t{128} << 10;
    options_.index.table_entries_max = 64;  // checkpoints come often
    options_.sealing.group_bytes_max = uint64_t{64} << 10;
    options_.index.tier_runs = 2;
    options_.clock = [this] { return UnixMs{1'000'000 + now_++}; };
    options_.retention_every = std::chrono::hours(1);  // cuts come from here
  }

  std::string Cycle() {
    FaultFileSystem faults(*fs_);
    const uint64_t end = Draw(4);
    if (end != 0) faults.Plan({.call = FsCall::kChange, .nth = 1 + Draw(90), .for_ever = true});
    Result<std::unique_ptr<Engine>> engine = Engine::Open(faults, "data", options_);
    if (engine.ok()) {
      std::string wrong = Check(**engine);
      for (uint64_t i = Draw(60); i > 0 && wrong.empty(); --i) wrong = Step(**engine);
      if (!wrong.empty()) return wrong;
      (void)(*engine)->Stop();
    } else if (end == 0 || engine.error().code() == Code::kDamaged) {
      return "refused to start: " + engine.error().message();
    }
    engine = Error(Code::kIo, "");
    if (end == 0) {
      const std::string wrong = Recount();
      if (!wrong.empty()) return wrong;
    }
    if (Draw(2) == 0) fs_ = fs_->LosePower(random_(), 4096);
    return "";
  }

  [[nodiscard]] size_t gone() const { return gone_seen_; }
  [[nodiscard]] uint64_t segments() const { return segments_seen_; }

 private:
  struct Event {
    Known stored = Known::kPerhaps;
    Known gone = Known::kNo;
    uint64_t sequence = 0;
  };

  // What is derived agrees with the log, and can be made again from it.
  std::string Recount() {
    if (Draw(2) == 0) {
      const std::string checkpoint = Checkpoint();
      const auto rebuilt = store::RebuildStore(*fs_, "data", {}, nullptr);
      if (!rebuilt.ok()) return "rebuild: " + rebuilt.error().message();
      if (Checkpoint() != checkpoint) return "rebuild made another checkpoint";
    }
    const auto report = store::VerifyStore(*fs_, "data", nullptr);
    if (!report.ok()) return "verify: " + report.error().message();
    segments_seen_ += report->segments;
    return report->clean() ? "" : "verify: " + Describe(report->findings.damage().front());
  }

  // Its bytes; empty if there is none yet.
  std::string Checkpoint() {
    const store::StoreIdentity identity =
        store::DecodeIdentity(*store::ReadWholeFile(*fs_, "data/STORE"), "data/STORE").Take();
    const std::string path = store::ManifestPath("data/p0000");
    const store::Manifest manifest =
        store::DecodeManifest(*store::ReadWholeFile(*fs_, path), identity.checksum_seed(), path)
            .Take();
    if (manifest.checkpoint_id == 0) return "";
    return *store::ReadWholeFile(*fs_, store::CheckpointPath("data/p0000", manifest.checkpoint_id));
  }

  uint64_t Draw(uint64_t below) { return random_() % below; }
  static TestEvent Made(uint64_t id) { return {kTopic, std::to_string(id), 1, id % 90}; }

  std::string Step(Engine& engine) {
    switch (Draw(6)) {
      case 0: return Erase(engine);
      case 1: return Cut(engine);
      case 2: return Set(engine);
      default: return Publish(engine);
    }
  }

  std::string Publish(Engine& engine) {
    const uint64_t id = Draw(3) == 0 && !events_.empty() ? Draw(events_.size()) : events_.size();
    Event& event = events_[id];
    const ingest::Outcome outcome = engine.Apply(BatchOf(engine.hash_key(), {Made(id)}));
    if (!outcome.status.ok()) return "";
    const ingest::EventVerdict verdict = outcome.verdicts.at(0);
    const bool fresh = verdict.verdict == Verdict::kAccepted;
    if (fresh && (event.stored == Known::kYes || event.gone == Known::kYes)) {
      return "a stored or erased id was accepted again: " + std::to_string(id);
    }
    if (verdict.verdict == Verdict::kConflict) return "the same content was called a conflict";
    event.stored = Known::kYes;
    event.sequence = verdict.sequence.value;
    return "";
  }

  std::string Erase(Engine& engine) {
    if (events_.empty()) return "";
    const uint64_t id = Draw(events_.size());
    Change change{ingest::EraseEvent{kTopic, std::to_string(id)}, {}};
    auto& erase = std::get<ingest::EraseEvent>(change.what);
    const Status found = engine.reader().Find(
        kTopic, erase.event_id,
        [&](const store::EventView& view) { erase.json_bytes = view.json.size(); });
    if (!found.ok() && found.error().code() != Code::kGone) return "";
    const Status s = engine.ApplyChange(&change);
    Event& event = events_[id];
    if (s.ok() || event.gone != Known::kYes) event.gone = s.ok() ? Known::kYes : Known::kPerhaps;
    return "";
  }

  // The oldest few go, as retention would have them.
  std::string Cut(Engine& engine) {
    const auto before = engine.reader().Topic(kTopic);
    if (!before) return "";
    ingest::RetainFrom cut{{0}, {0}, 0, before->last_sequence.value - before->events};
    store::ScanOptions options;
    options.limit = 1 + Draw(5);
    const auto end = engine.reader().ScanTopic(kTopic, options, [&](const auto& view) {
      cut.first_kept = {view.sequence.value + 1};
      cut.json_bytes += view.json.size();
    });
    if (!end.ok() || cut.first_kept.value == 0) return "";
    Change change{cut, {}};
    const Status s = engine.ApplyChange(&change);
    for (auto& [id, event] : events_) {
      const bool below = event.sequence != 0 && event.sequence < cut.first_kept.value;
      const bool unknown = event.sequence == 0;
      if (s.ok() && below) event.gone = Known::kYes;
      if (event.gone == Known::kNo && (unknown || below)) event.gone = Known::kPerhaps;
    }
    return "";
  }

  std::string Set(Engine& engine) {
    const event::TopicSettings wanted{1'000'000 + Draw(3), 0};
    Change change{ingest::SetSettings{kTopic, wanted}, {}};
    if (engine.ApplyChange(&change).ok()) {
      settings_ = wanted;
      perhaps_.clear();
    } else {
      perhaps_.push_back(wanted);
    }
    return "";
  }

  std::string Check(Engine& engine) {
    const auto topic = engine.reader().Topic(kTopic);
    uint64_t visited = 0;
    uint64_t bytes = 0;
    std::map<uint64_t, std::string> read;
    const auto end =
        engine.reader().ScanTopic(kTopic, {.limit = SIZE_MAX}, [&](const store::EventView& view) {
          ++visited;
          bytes += view.json.size();
          read[view.sequence.value] = view.json;
        });
    if (!end.ok()) return end.error().message();
    size_t all = 0;
    if (!engine.reader().ScanAll({.limit = SIZE_MAX}, [&](const auto&) { ++all; }).ok()) {
      return "the log cannot be read";
    }
    const store::StoreTotals totals = engine.reader().Totals();
    if (all != visited || totals.events - totals.gone != visited) return "totals and reads differ";
    if (topic && (topic->events != visited || topic->bytes != bytes))
      return "counts and reads differ";
    if (topic && topic->last_sequence.value != totals.events) return "a sequence was lost";
    gone_seen_ += totals.gone;
    const event::TopicSettings now = topic ? topic->settings : event::TopicSettings{};
    perhaps_.push_back(settings_);
    if (std::find(perhaps_.begin(), perhaps_.end(), now) == perhaps_.end()) {
      return "the settings are none that may be in force";
    }
    settings_ = now;
    perhaps_.clear();
    return CheckEvents(engine, read);
  }

  std::string CheckEvents(Engine& engine, const std::map<uint64_t, std::string>& read) {
    for (auto& [id, event] : events_) {
      uint64_t sequence = 0;
      const Status found = engine.reader().Find(
          kTopic, std::to_string(id),
          [&](const store::EventView& view) { sequence = view.sequence.value; });
      const bool gone = !found.ok() && found.error().code() == Code::kGone;
      const bool missing = !found.ok() && !gone;
      const std::string name = "event " + std::to_string(id);
      if (missing && event.stored == Known::kYes) return name + " was acked and is lost";
      if (gone && event.gone == Known::kNo) return name + " is gone without having been erased";
      if (found.ok() && event.gone == Known::kYes) return name + " is back";
      if (found.ok() && event.sequence != 0 && event.sequence != sequence) {
        return name + " has another sequence than was answered";
      }
      if (found.ok() && read.find(sequence) == read.end()) return name + " is in no list";
      if (found.ok() && read.at(sequence) != Made(id).Json()) return name + " has other content";
      // From here on it is known; what was lost before its ack may come again.
      if (!missing) event.stored = Known::kYes;
      event.gone = gone ? Known::kYes : Known::kNo;
      event.sequence = sequence != 0 ? sequence : event.sequence;
    }
    return "";
  }

  std::mt19937_64 random_;
  std::unique_ptr<UnsyncedFileSystem> fs_ = std::make_unique<UnsyncedFileSystem>();
  ingest::EngineOptions options_;
  std::atomic<int64_t> now_{0};
  std::map<uint64_t, Event> events_;
  event::TopicSettings settings_;              // the last ones acked, or read after a start
  std::vector<event::TopicSettings> perhaps_;  // asked for since, without an answer
  size_t gone_seen_ = 0;
  uint64_t segments_seen_ = 0;
};

TEST(Retention, WhatWasAckedHoldsAfterEveryCrash) {
  const uint64_t seed = TestSeed();
  size_t gone = 0;
  uint64_t segments = 0;
  for (uint64_t life = 0; life < 12; ++life) {
    Life store(seed + life);
    for (int cycle = 0; cycle < 25; ++cycle) {
      const std::string wrong = store.Cycle();
      ASSERT_EQ(wrong, "") << "ONCELOG_TEST_SEED=" << seed << ", life " << life << ", cycle "
                           << cycle;
    }
    gone += store.gone();
    segments += store.segments();
  }
  EXPECT_GT(segments, 0U) << "the test seals nothing";
  EXPECT_GT(gone, 0U) << "the test erases nothing";
}

}  // namespace
}  // namespace oncelog::test
