#include "tests/model/gone_held.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "store/log/frame_records.h"
#include "store/log/log_scanner.h"
#include "store/manifest.h"
#include "store/segment/gone.h"
#include "store/segment/segment_check.h"
#include "store/state/checkpoint.h"
#include "store/store_identity.h"
#include "tests/model/damage_store.h"

namespace oncelog::test {
namespace {

using event::RecordKind;

constexpr const char* kPartition = "data/p0000";

void LookIntoSegment(store::FileSystem& fs, const store::SegmentInfo& info, uint64_t seed,
                     GoneHeld* held) {
  store::BlockCache cache(0);
  const auto segment =
      store::Segment::Open(fs, store::SegmentDirectory(kPartition), info, seed, cache);
  ASSERT_TRUE(segment.ok()) << segment.error().message();
  held->stubs += (*segment)->header().stubs;
  const auto record = [&](const store::SegmentRecord& one) {
    ++held->in_segments[one.record.kind];
    const bool conflict = one.record.kind == RecordKind::kConflict;
    if (conflict && !store::HoldsConflict(one.record)) ++held->blanked_conflicts;
    return OkStatus();
  };
  const auto event = [](const auto&, const auto&) { return OkStatus(); };
  EXPECT_TRUE(store::ReadSegment(**segment, {record, event}).ok());
}

void LookIntoLog(store::FileSystem& fs, const store::LogFileInfo& info, uint64_t seed,
                 GoneHeld* held) {
  const auto file = fs.Open(store::LogPath(kPartition, info.id), store::OpenMode::kRead);
  ASSERT_TRUE(file.ok()) << file.error().message();
  store::LogScanner scan(**file, info.id, seed, 0, info.capacity_bytes);
  while (scan.Next() == store::LogScanner::State::kFrame) {
    const Status read = store::ForEachRecord(scan.header(), scan.payload(), seed,
                                             [&](const event::RecordView& record, size_t) {
                                               ++held->in_log[record.kind];
                                               return OkStatus();
                                             });
    EXPECT_TRUE(read.ok());
  }
}

uint64_t LeftOver(const DiskImage& image, const store::Manifest& manifest) {
  std::set<std::string> listed;
  for (const store::SegmentInfo& info : manifest.segments) {
    listed.insert(store::SegmentPath(store::SegmentDirectory(kPartition), info.id));
  }
  for (const store::LogFileInfo& info : manifest.logs) {
    listed.insert(store::LogPath(kPartition, info.id));
  }
  return static_cast<uint64_t>(std::count_if(image.begin(), image.end(), [&](const auto& file) {
    const std::string kind = KindOf(file.first);
    return (kind == ".seg" || kind == ".log") && UsedBytes(file.second) > 0 &&
           !listed.contains(file.first);
  }));
}

}  // namespace

bool GoneHeld::Everything() const {
  bool records = true;
  for (const auto* place : {&in_segments, &in_log}) {
    for (const RecordKind kind : {RecordKind::kSettings, RecordKind::kErase, RecordKind::kRetain}) {
      records = records && place->contains(kind);
    }
  }
  return records && stubs > 0 && blanked_conflicts > 0 && settings > 0 && cuts > 0 &&
         erased_runs > 0;
}

GoneHeld GoneHeldIn(const DiskImage& image) {
  GoneHeld held;
  const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(image);
  const uint64_t seed =
      store::DecodeIdentity(image.at("data/STORE"), "STORE").Take().checksum_seed();
  const store::Manifest manifest =
      store::DecodeManifest(image.at(store::ManifestPath(kPartition)), seed, "MANIFEST").Take();
  for (const store::SegmentInfo& info : manifest.segments) LookIntoSegment(*fs, info, seed, &held);
  for (const store::LogFileInfo& info : manifest.logs) LookIntoLog(*fs, info, seed, &held);
  held.left_over = LeftOver(image, manifest);
  const auto checkpoint =
      store::ReadCheckpoint(*fs, store::CheckpointPath(kPartition, manifest.checkpoint_id), seed);
  EXPECT_TRUE(checkpoint.ok());
  held.erased_runs = checkpoint->retention.erased_runs();
  for (const auto& [id, topic] : checkpoint->retention.topics()) {
    if (topic.settings != event::TopicSettings{}) ++held.settings;
    if (topic.first_kept > Sequence{1}) ++held.cuts;
  }
  return held;
}

}  // namespace oncelog::test
