// verify and rebuild of a store with segments: each damage to a segment is named with file, offset,
// topic and sequences; what is derived is made again from segments and log, bit for bit; and an
// event without content counts as what it is, but only where a record says that it is gone.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ingest/change.h"
#include "store/rebuild/rebuild.h"
#include "store/segment/segment.h"
#include "store/state/checkpoint.h"
#include "tests/model/verify_fixture.h"
#include "tests/support/code_of.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/stub_writer.h"

namespace oncelog::test {
namespace {

using ingest::Engine;
using store::BlockEntry;
using store::BlockKind;
using store::Segment;

std::shared_ptr<const Segment> SegmentOf(store::FileSystem& fs, const Parts& parts, size_t number,
                                         store::BlockCache& cache) {
  return Segment::Open(fs, store::SegmentDirectory(kPartition), parts.manifest.segments[number],
                       parts.identity.checksum_seed(), cache)
      .Take();
}

class VerifySealed : public VerifyTest {
 protected:
  VerifySealed() : VerifyTest(TinySealingOptions(), /*some_gone=*/false) {}

  // Damage in that block of the first segment; what verify says.
  std::string DamageBlock(BlockKind kind, std::string* path, BlockEntry* block) {
    auto fs = PutImage(store_.stopped);
    store::BlockCache cache(0);
    const auto segment = SegmentOf(*fs, PartsOf(*fs), 0, cache);
    *path = segment->path();
    *block = segment->blocks(kind).back();
    DiskImage damaged = store_.stopped;
    damaged[*path][block->offset + block->stored_bytes / 2] ^= 8;
    fs = PutImage(damaged);
    return AllOf(Verify(*fs));
  }
};

TEST_F(VerifySealed, AHealthyStoreIsClean) {
  for (const DiskImage* image : {&store_.middle, &store_.killed, &store_.stopped}) {
    const auto fs = PutImage(*image);
    const store::VerifyReport report = Verify(*fs);
    EXPECT_TRUE(report.clean()) << AllOf(report) << "ONCELOG_TEST_SEED=" << seed_;
    for (const std::string& note : report.findings.notes()) {
      const bool half_written = note.find("left by a crash") != std::string::npos;
      EXPECT_TRUE(half_written || note.find(".seg") == std::string::npos) << note;
    }
    EXPECT_GT(report.segments, 0U);
    EXPECT_EQ(report.events, report.index_entries + report.tail_events);
    auto engine = Engine::Open(*fs, "data", TinyOptions()).Take();
    EXPECT_EQ(report.segments, engine->figures().segments);
    EXPECT_EQ(report.events, engine->opened().events);
    EXPECT_EQ(report.topics, engine->opened().topics);
    EXPECT_EQ(report.duplicates, engine->reader().Totals().duplicates);
    EXPECT_EQ(report.conflicts, engine->reader().Totals().conflicts);
  }
}

class VerifySealedDamage : public VerifySealed,
                           public ::testing::WithParamInterface<std::string> {};

TEST_P(VerifySealedDamage, IsNamed) { DamageFiles(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Files, VerifySealedDamage,
                         ::testing::Values(".seg", ".log", ".run", ".ckpt", "MANIFEST"),
                         [](const auto& kind) {
                           std::string name = kind.param;
                           std::erase(name, '.');
                           return name;
                         });

TEST_F(VerifySealed, SwappedSegmentsAreNamed) {
  const auto fs = PutImage(store_.stopped);
  const Parts parts = PartsOf(*fs);
  ASSERT_GE(parts.manifest.segments.size(), 2U);
  const std::string seg = store::SegmentDirectory(kPartition);
  const std::string a = store::SegmentPath(seg, parts.manifest.segments[0].id);
  const std::string b = store::SegmentPath(seg, parts.manifest.segments[1].id);
  DiskImage swapped = store_.stopped;
  std::swap(swapped[a], swapped[b]);
  Expect(swapped, a, "two segments swapped");
  Expect(swapped, b, "two segments swapped");
  DiskImage copied = store_.stopped;
  copied[a] = copied[b];
  Expect(copied, a, "another segment's bytes");
}

// The whole store is of one life, so each segment is the right one; only MANIFEST may be wrong.
TEST_F(VerifySealed, SegmentsThatDoNotFollowEachOtherAreNamed) {
  const auto fs = PutImage(store_.stopped);
  const Parts parts = PartsOf(*fs);
  store::ManifestKeeper keeper(*fs, kPartition, parts.identity.checksum_seed(), parts.manifest);
  ASSERT_TRUE(keeper.Edit([](store::Manifest& m) { m.segments.erase(m.segments.begin()); }).ok());
  const std::string said = AllOf(Verify(*fs));
  const uint64_t second = parts.manifest.segments[1].id;
  EXPECT_NE(said.find(store::SegmentPath(store::SegmentDirectory(kPartition), second) +
                      ", offset 0: begins at position"),
            std::string::npos)
      << said;
  EXPECT_EQ(CodeOf(store::RebuildStore(*fs, "data", {}, nullptr)), Code::kDamaged);
}

TEST_F(VerifySealed, DamageNamesOffsetTopicsAndSequences) {
  std::string path;
  BlockEntry block;
  std::string said = DamageBlock(BlockKind::kEvents, &path, &block);
  const auto fs = PutImage(store_.stopped);
  store::BlockCache cache(0);
  const auto segment = SegmentOf(*fs, PartsOf(*fs), 0, cache);
  const auto lost = segment->Events(segment->blocks(BlockKind::kEvents).size() - 1).Take();
  const auto last = lost->event(lost->size() - 1);
  const std::string begins = "\"topic\":\"";
  const size_t name_at = last.json.find(begins) + begins.size();
  const std::string topic(last.json.substr(name_at, last.json.find('"', name_at) - name_at));
  const std::string at = path + ", offset " + std::to_string(block.offset) + ": ";
  EXPECT_NE(said.find(at + "topic " + topic + ", sequence"), std::string::npos) << said;
  EXPECT_NE(said.find(" " + std::to_string(last.sequence.value) + ": the checksum"),
            std::string::npos)
      << said;
  // Each topic of the block once, and nothing else.
  size_t lines = 0;
  for (size_t line = said.find('\n'); line != std::string::npos; line = said.find('\n', line + 1)) {
    ++lines;
  }
  size_t named = 0;
  for (size_t i = 0; i < lost->size(); ++i) {
    named += i == 0 || lost->event(i).topic != lost->event(i - 1).topic ? 1 : 0;
  }
  EXPECT_EQ(lines, named) << said;
  for (const BlockKind kind : {BlockKind::kOrder, BlockKind::kTopics, BlockKind::kRecords}) {
    said = DamageBlock(kind, &path, &block);
    EXPECT_NE(said.find(path + ", offset " + std::to_string(block.offset) + ": "),
              std::string::npos)
        << said;
  }
}

TEST_F(VerifySealed, RebuildingAHealthyStoreChangesNothingButNames) {
  for (const DiskImage* image : {&store_.killed, &store_.stopped}) {
    const auto fs = PutImage(*image);
    const Derived before = DerivedOf(*fs);
    for (const size_t entries : {size_t{7}, size_t{1000000}}) {
      const auto report = store::RebuildStore(*fs, "data", {entries}, nullptr);
      ASSERT_TRUE(report.ok()) << report.error().message();
      const Derived after = DerivedOf(*fs);
      EXPECT_EQ(after.checkpoint, before.checkpoint);
      EXPECT_TRUE(after.entries == before.entries);
      EXPECT_TRUE(Verify(*fs).clean()) << AllOf(Verify(*fs));
    }
    ExpectWhole(*fs, "rebuilt");
  }
}

TEST_F(VerifySealed, AllRunsAndTheCheckpointAreMadeAgain) {
  for (const DiskImage* image : {&store_.killed, &store_.stopped}) {
    DiskImage none = *image;
    for (const std::string& path : DerivedFilesOf(*PutImage(*image))) none.erase(path);
    const auto fs = PutImage(none);
    EXPECT_EQ(CodeOf(Engine::Open(*fs, "data", TinyOptions())), Code::kDamaged);
    ASSERT_TRUE(store::RebuildStore(*fs, "data", {}, nullptr).ok());
    EXPECT_EQ(DerivedOf(*fs).checkpoint, DerivedOf(*PutImage(*image)).checkpoint);
    EXPECT_TRUE(Verify(*fs).clean()) << AllOf(Verify(*fs));
    ExpectWhole(*fs, "nothing that is derived was left");
  }
}

TEST_F(VerifySealed, SegmentsAreNotRebuilt) {
  for (const auto& [path, bytes] : store_.stopped) {
    if (KindOf(path) != ".seg") continue;
    for (const size_t at : {size_t{20}, bytes.size() / 2, bytes.size() - 1}) {
      DiskImage damaged = store_.stopped;
      damaged[path][at] ^= 16;
      const auto fs = PutImage(damaged);
      const auto report = store::RebuildStore(*fs, "data", {}, nullptr);
      if (report.ok()) {  // a block of the order, from which nothing is made
        EXPECT_NE(AllOf(Verify(*fs)).find("the order of positions"), std::string::npos);
        continue;
      }
      EXPECT_EQ(report.error().code(), Code::kDamaged);
      EXPECT_NE(report.error().message().find(path), std::string::npos) << report.error().message();
      EXPECT_NE(report.error().message().find("nothing was changed"), std::string::npos);
      EXPECT_TRUE(SameButLock(TakeImage(*fs, "data"), damaged)) << path;
    }
  }
}

TEST_F(VerifySealed, ACrashWhileRebuildingLeavesTheOldStoreOrTheNewOne) {
  int calls = 0;
  for (bool done = false; !done; ++calls) {
    const auto disk = PutImage(store_.killed);
    FaultFileSystem fs(*disk);
    fs.Plan({.call = FsCall::kChange, .nth = static_cast<uint64_t>(calls) + 1, .for_ever = true});
    done = store::RebuildStore(fs, "data", {200}, nullptr).ok();
    ExpectWhole(*disk->LosePower(static_cast<uint64_t>(calls)),
                "power lost at call " + std::to_string(calls));
    if (HasFailure()) break;
  }
  EXPECT_GT(calls, 5);
}

// A store in which erasing and retention took some events that lie in segments: some by records
// before the cover, others by records behind it.
class VerifyStubs : public VerifySealed {
 protected:
  void SetUp() override {
    fs_ = PutImage(store_.stopped);
    {
      auto engine = Engine::Open(*fs_, "data", TinyOptions()).Take();
      Erase(*engine, 2);
      Cut(*engine, 3);
      // Enough for a flush: the cover moves behind these records.
      TinyWorkload work(seed_ + 1);
      Status outcome = OkStatus();
      const auto behind_cover = [&] { return engine->figures().log_past_cover_records; };
      for (uint64_t before = 0; behind_cover() >= before;) {
        before = behind_cover();
        (void)work.Publish(*engine, &outcome);
      }
      Erase(*engine, 4);
      Cut(*engine, 6);
      ASSERT_TRUE(engine->Stop().ok());
    }
    checkpoint_ = DerivedOf(*fs_).checkpoint;
    ASSERT_NE(checkpoint_, DerivedOf(*PutImage(store_.stopped)).checkpoint);
    ASSERT_TRUE(Verify(*fs_).clean()) << AllOf(Verify(*fs_));
  }

  // An event of topic1.
  void Erase(Engine& engine, uint64_t sequence) {
    ingest::EraseEvent erase{"topic1", "", 0};
    store::ScanOptions options;
    options.after = sequence - 1;
    options.limit = 1;
    const auto visit = [&](const store::EventView& event) {
      const size_t at = event.json.find(kIdBegins) + std::string_view(kIdBegins).size();
      erase.event_id = std::string(event.json.substr(at, event.json.find('"', at) - at));
      erase.json_bytes = event.json.size();
    };
    ASSERT_TRUE(engine.reader().ScanTopic(erase.topic, options, visit).ok());
    ingest::Change change{erase, {}};
    ASSERT_TRUE(engine.ApplyChange(&change).ok()) << erase.event_id;
    ASSERT_EQ(change.outcome.sequence.value, sequence);
  }

  // All of topic2 before that sequence.
  void Cut(Engine& engine, uint64_t first_kept) {
    const auto topic = engine.reader().Topic("topic2");
    ingest::RetainFrom cut{
        {kCutTopic}, {first_kept}, 0, topic->last_sequence.value - topic->events};
    const auto visit = [&](const store::EventView& event) {
      if (event.sequence < cut.first_kept) cut.json_bytes += event.json.size();
    };
    ASSERT_TRUE(engine.reader().ScanTopic("topic2", {}, visit).ok());
    ingest::Change change{cut, {}};
    ASSERT_TRUE(engine.ApplyChange(&change).ok());
  }

  size_t Write(const store::GonePredicate& gone) {
    const Parts parts = PartsOf(*fs_);
    const uint64_t seed = parts.identity.checksum_seed();
    store::ManifestKeeper keeper(*fs_, kPartition, seed, parts.manifest);
    size_t stubs = 0;
    for (size_t n = 0; n < parts.manifest.segments.size(); ++n) {
      stubs += WriteStubs(*fs_, kPartition, seed, &keeper, n, gone);
    }
    return stubs;
  }

  // Topics got their numbers in the order of their first events.
  static constexpr uint32_t kErasedTopic = 1;
  static constexpr uint32_t kCutTopic = 2;
  static constexpr const char* kIdBegins = "\"event_id\":\"";

  static bool IsGone(TopicId topic, Sequence sequence) {
    return (topic.value == kErasedTopic && (sequence.value == 2 || sequence.value == 4)) ||
           (topic.value == kCutTopic && sequence.value < 6);
  }

  std::unique_ptr<UnsyncedFileSystem> fs_;
  std::string checkpoint_;
};

TEST_F(VerifyStubs, AreCleanAndTheCheckpointIsMadeAgain) {
  for (const uint64_t part : {3, 2, 1}) {  // more and more of what is gone has left the disk
    const size_t stubs = Write([&](TopicId topic, Sequence sequence) {
      return IsGone(topic, sequence) && sequence.value % part == 0;
    });
    ASSERT_EQ(stubs, part == 3 ? 1U : part == 2 ? 5U : 7U);
    const store::VerifyReport report = Verify(*fs_);
    EXPECT_TRUE(report.clean()) << AllOf(report) << "ONCELOG_TEST_SEED=" << seed_;
    const auto rebuilt = store::RebuildStore(*fs_, "data", {}, nullptr);
    ASSERT_TRUE(rebuilt.ok()) << rebuilt.error().message();
    EXPECT_EQ(rebuilt->events, report.index_entries);
    EXPECT_EQ(DerivedOf(*fs_).checkpoint, checkpoint_);
    EXPECT_TRUE(Verify(*fs_).clean()) << AllOf(Verify(*fs_));
  }
}

TEST_F(VerifyStubs, WhereNothingIsGoneAreDamage) {
  Write([](TopicId topic, Sequence sequence) {
    return IsGone(topic, sequence) || (topic.value == kErasedTopic && sequence.value == 3);
  });
  const store::VerifyReport report = Verify(*fs_);
  ASSERT_EQ(report.findings.damage_count(), 1U) << AllOf(report);
  const store::Finding& found = report.findings.damage().front();
  EXPECT_EQ(KindOf(found.file), ".seg");
  EXPECT_TRUE(found.offset.has_value());
  EXPECT_EQ(found.topic, "topic1");
  EXPECT_LE(found.first_sequence, 3U);
  EXPECT_GE(found.last_sequence, 3U);
  const DiskImage before = TakeImage(*fs_, "data");
  EXPECT_EQ(CodeOf(store::RebuildStore(*fs_, "data", {}, nullptr)), Code::kDamaged);
  EXPECT_TRUE(SameButLock(TakeImage(*fs_, "data"), before));
}

// The checkpoint's bytes are checked though some rows can no longer be counted.
TEST_F(VerifyStubs, AWrongCheckpointIsStillSeen) {
  Write(IsGone);
  const Parts parts = PartsOf(*fs_);
  const uint64_t seed = parts.identity.checksum_seed();
  const std::string path = store::CheckpointPath(kPartition, parts.manifest.checkpoint_id);
  store::Checkpoint checkpoint = store::ReadCheckpoint(*fs_, path, seed).Take();
  store::CheckpointInput wrong{
      checkpoint.cover, {}, checkpoint.conflict_bytes_kept, checkpoint.retention};
  ++checkpoint.topics[kCutTopic].state.bytes;
  for (store::CheckpointTopic& topic : checkpoint.topics) {
    topic.state.name = &topic.name;
    wrong.topics.Append(topic.state);
  }
  ASSERT_TRUE(store::WriteCheckpoint(*fs_, path, wrong, seed).ok());
  EXPECT_NE(AllOf(Verify(*fs_)).find("topic topic2: bytes: "), std::string::npos)
      << AllOf(Verify(*fs_));
}

}  // namespace
}  // namespace oncelog::test
