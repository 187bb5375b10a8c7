// Files of the same store from another time, or from a copy that went on for itself: each is whole
// and carries its checksums, and still the start must see that it does not belong here.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/log/frame.h"
#include "store/manifest.h"
#include "store/store_identity.h"
#include "tests/model/tiny_store.h"
#include "tests/support/code_of.h"
#include "tests/support/disk_image.h"
#include "tests/support/publishing.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Engine;

// The old one says that the log ended cleanly where it now goes on, in the same file: going on from
// there would write over what was acked.
TEST(OldCopies, AnOldManifestOfACleanStopDoesNotWriteOverTheLog) {
  UnsyncedFileSystem fs;
  TinyWorkload work(TestSeed());
  ingest::EngineOptions options = TinyOptions();
  options.log_file_bytes_min = options.log_file_bytes_max = uint64_t{256} << 10;
  DiskImage first;
  for (int life = 0; life < 2; ++life) {
    auto engine = Engine::Open(fs, "data", options).Take();
    Status outcome = OkStatus();
    EXPECT_EQ(work.Publish(*engine, &outcome), "");
    EXPECT_TRUE(outcome.ok() && engine->Stop().ok());
    if (life == 0) first = TakeImage(fs, "data");
  }
  DiskImage image = TakeImage(fs, "data");
  image["data/p0000/MANIFEST"] = first["data/p0000/MANIFEST"];
  const std::unique_ptr<UnsyncedFileSystem> damaged = PutImage(image);
  EXPECT_EQ(CodeOf(Engine::Open(*damaged, "data", options)), Code::kDamaged);
  EXPECT_EQ(TakeImage(*damaged, "data"), image) << "nothing was changed";
}

// All in the log and nothing covered, so that only the log itself can show what is wrong with it.
ingest::EngineOptions WithoutFlushes() {
  ingest::EngineOptions options = TinyOptions();
  options.index.table_entries_max = 100'000;
  return options;
}

// It lists the first two log files only; the others hold what was acked since then.
TEST(OldCopies, AnOldManifestThatDoesNotListTheLastLogFiles) {
  UnsyncedFileSystem fs;
  TinyWorkload work(TestSeed());
  auto engine = Engine::Open(fs, "data", WithoutFlushes()).Take();
  Status outcome = OkStatus();
  EXPECT_EQ(work.Publish(*engine, &outcome), "");
  DiskImage first = TakeStillImage(fs, "data");
  while (engine->figures().log_files < 6) EXPECT_EQ(work.Publish(*engine, &outcome), "");
  DiskImage image = TakeStillImage(fs, "data");
  image["data/p0000/MANIFEST"] = first["data/p0000/MANIFEST"];
  const std::unique_ptr<UnsyncedFileSystem> damaged = PutImage(image);
  const auto opened = Engine::Open(*damaged, "data", WithoutFlushes());
  ASSERT_EQ(CodeOf(opened), Code::kDamaged);
  EXPECT_NE(opened.error().message().find("MANIFEST"), std::string::npos)
      << opened.error().message();
  EXPECT_EQ(TakeImage(*damaged, "data"), image) << "nothing was changed";
}

// Two copies of one store go on for themselves with events of the same size, so that positions and
// places agree; a file of one does not pass in the other, as its frames link to others.
TEST(OldCopies, ALogFileOfACopyThatWentOnForItself) {
  UnsyncedFileSystem start;
  TinyWorkload work(TestSeed());
  Status outcome = OkStatus();
  {
    auto engine = Engine::Open(start, "data", WithoutFlushes()).Take();
    EXPECT_EQ(work.Publish(*engine, &outcome), "");
    EXPECT_TRUE(engine->Stop().ok());
  }
  std::vector<DiskImage> copies;
  for (const std::string name : {"one", "two"}) {
    const auto fs = PutImage(TakeImage(start, "data"));
    auto engine = Engine::Open(*fs, "data", WithoutFlushes()).Take();
    for (int i = 0; i < 40; ++i) {
      const TestEvent event{"topic0", name + std::to_string(i), 0, 3500};
      EXPECT_TRUE(engine->Apply(BatchOf(engine->hash_key(), {event})).status.ok());
    }
    EXPECT_TRUE(engine->Stop().ok());
    copies.push_back(TakeImage(*fs, "data"));
  }
  size_t exchanged = 0;
  for (const auto& [path, bytes] : copies[0]) {
    const auto other = copies[1].find(path);
    if (!path.ends_with(".log") || other == copies[1].end() || other->second == bytes) continue;
    ++exchanged;
    DiskImage image = copies[0];
    image[path] = other->second;
    std::erase_if(image, [](const auto& file) { return file.first.ends_with(".topics"); });
    EXPECT_EQ(CodeOf(Engine::Open(*PutImage(image), "data", WithoutFlushes())), Code::kDamaged)
        << path;
  }
  EXPECT_GT(exchanged, 2U);
}

// It lists log files that are sealed since then.
TEST(OldCopies, AnOldManifestFromBeforeTheLogWasSealed) {
  UnsyncedFileSystem fs;
  TinyWorkload work(TestSeed());
  auto engine = Engine::Open(fs, "data", TinySealingOptions()).Take();
  Status outcome = OkStatus();
  EXPECT_EQ(work.Publish(*engine, &outcome), "");
  const DiskImage first = TakeStillImage(fs, "data");
  while (engine->figures().segments < 2) EXPECT_EQ(work.Publish(*engine, &outcome), "");
  EXPECT_TRUE(Becomes([&] { return engine->figures().seal_backlog_bytes == 0; }));
  const DiskImage last = TakeStillImage(fs, "data");
  DiskImage image = last;
  image["data/p0000/MANIFEST"] = first.at("data/p0000/MANIFEST");
  const std::unique_ptr<UnsyncedFileSystem> damaged = PutImage(image);
  EXPECT_EQ(CodeOf(Engine::Open(*damaged, "data", TinySealingOptions())), Code::kDamaged);
  EXPECT_EQ(TakeImage(*damaged, "data"), image) << "nothing was changed";
  image["data/p0000/MANIFEST"] = last.at("data/p0000/MANIFEST");
  EXPECT_TRUE(Engine::Open(*PutImage(image), "data", TinySealingOptions()).ok());
}

// A copy of the store that goes on for itself, and is sealed then.
DiskImage GoneOn(UnsyncedFileSystem& start, const std::string& name) {
  const auto fs = PutImage(TakeImage(start, "data"));
  auto engine = Engine::Open(*fs, "data", TinySealingOptions()).Take();
  for (int i = 0; i < 150; ++i) {
    const TestEvent event{"topic0", name + std::to_string(i), 0, 3500};
    EXPECT_TRUE(engine->Apply(BatchOf(engine->hash_key(), {event})).status.ok());
  }
  EXPECT_TRUE(Becomes([&] { return engine->figures().seal_backlog_bytes == 0; }));
  EXPECT_TRUE(engine->Stop().ok());
  return TakeImage(*fs, "data");
}

// A segment of a copy that went on for itself: its frames link to others.
TEST(OldCopies, ASegmentOfACopyThatWentOnForItself) {
  UnsyncedFileSystem start;
  {
    auto engine = Engine::Open(start, "data", TinySealingOptions()).Take();
    EXPECT_TRUE(engine->Stop().ok());
  }
  // Which numbers its files get hangs on when they are made: until two copies have some in common.
  size_t exchanged = 0;
  for (int tries = 0; tries < 50 && exchanged < 2; ++tries) {
    const DiskImage one = GoneOn(start, "one");
    const DiskImage two = GoneOn(start, "two");
    for (const auto& [path, bytes] : one) {
      const auto other = two.find(path);
      if (!path.ends_with(".seg") || other == two.end()) continue;
      ++exchanged;
      DiskImage image = one;
      image[path] = other->second;
      EXPECT_EQ(CodeOf(Engine::Open(*PutImage(image), "data", TinySealingOptions())),
                Code::kDamaged)
          << path;
    }
  }
  EXPECT_GT(exchanged, 1U);
}

// The same frame, but behind another one.
std::string LinkedElsewhere(std::string_view bytes, uint64_t file_id, uint64_t store_seed) {
  store::FrameHeader header;
  EXPECT_EQ(store::DecodeFrameHeader(bytes, file_id, store_seed, &header),
            store::HeaderState::kValid);
  store::FrameBuilder frame;
  frame.payload()->append(bytes.substr(store::kFrameHeaderBytes, header.payload_bytes));
  for (uint32_t i = 0; i < header.records; ++i) frame.CountRecord();
  header.link = ~header.link;
  frame.Finish(header, store_seed);
  return std::string(frame.bytes());
}

// A start does not read it again: nothing but its first link shows that it does not follow.
TEST(OldCopies, ALogFileBeforeTheCoverBehindSegmentsOfACopy) {
  const ingest::EngineOptions unsealed = TinyOptions();
  UnsyncedFileSystem fs;
  TinyWorkload work(TestSeed());
  Status outcome = OkStatus();
  for (const bool sealing : {true, false}) {
    auto engine = Engine::Open(fs, "data", sealing ? TinySealingOptions() : unsealed).Take();
    const auto enough = [&] {
      const ingest::EngineFigures figures = engine->figures();
      if (sealing) return figures.segments > 0;
      return figures.log_files >= 8 && figures.log_past_cover_records <= 150;
    };
    while (!enough()) EXPECT_EQ(work.Publish(*engine, &outcome), "");
    EXPECT_TRUE(engine->Stop().ok());
  }
  DiskImage image = TakeImage(fs, "data");
  ASSERT_TRUE(Engine::Open(*PutImage(image), "data", unsealed).ok());
  const uint64_t seed = store::ReadIdentity(fs, "data")->checksum_seed();
  const std::string listing = "data/p0000/MANIFEST";
  const auto manifest = store::DecodeManifest(image.at(listing), seed, listing).Take();
  const store::LogFileInfo first = store::ClosedLogs(manifest).front();
  ASSERT_EQ(first.first_position, store::SegmentsEnd(manifest));
  ASSERT_LT(first.end_position, manifest.cover.position);
  const std::string path = store::LogPath("data/p0000", first.id);
  const std::string forged = LinkedElsewhere(image.at(path), first.id, seed);
  image.at(path).replace(0, forged.size(), forged);
  const std::unique_ptr<UnsyncedFileSystem> damaged = PutImage(image);
  const auto opened = Engine::Open(*damaged, "data", unsealed);
  ASSERT_EQ(CodeOf(opened), Code::kDamaged);
  EXPECT_NE(opened.error().message().find(path), std::string::npos) << opened.error().message();
}

}  // namespace
}  // namespace oncelog::test
