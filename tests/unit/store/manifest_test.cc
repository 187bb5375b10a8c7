#include "store/manifest.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

constexpr uint64_t kSeed = 5;

Manifest Example() {
  Manifest manifest;
  manifest.next_file_id = 9;
  manifest.cover = {{100}, 3, 8192, 0xabc};
  manifest.known_durable = {{120}, 4, 4096, 0xdef};
  manifest.clean_stop = true;
  manifest.checkpoint_id = 7;
  manifest.logs = {{3, 1 << 20, true, {0}, {110}, 12288}, {4, 2 << 20, false, {}, {}, 0}};
  manifest.runs = {{6, 50, 4096}, {5, 40, 8192}};
  manifest.segments = {{8, {0}, {60}, 55, 4096}, {2, {60}, {90}, 30, 8192}};
  manifest.sealed_logs = {1, 7};
  return manifest;
}

TEST(Manifest, IsReadBackAsItWasWritten) {
  const Result<Manifest> read = DecodeManifest(EncodeManifest(Example(), kSeed), kSeed, "M");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, Example());
}

// As the first release wrote it: without segments.
TEST(Manifest, TheFirstVersionIsStillRead) {
  Manifest manifest = Example();
  manifest.segments.clear();
  manifest.sealed_logs.clear();
  std::string bytes = EncodeManifest(manifest, kSeed);
  constexpr size_t kHeaderBytes = 24;
  std::string body = bytes.substr(kHeaderBytes, bytes.size() - kHeaderBytes - 8);  // two counts
  std::string first = bytes.substr(0, 8);
  ByteWriter out(&first);
  out.Put(uint32_t{1});
  out.Put(static_cast<uint32_t>(body.size()));
  out.Put(Checksum64(body, kSeed));
  out.PutBytes(body);
  const Result<Manifest> read = DecodeManifest(first, kSeed, "M");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, manifest);
}

TEST(Manifest, EveryFlippedOrMissingByteIsSeen) {
  const std::string whole = EncodeManifest(Example(), kSeed);
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    const Result<Manifest> read = DecodeManifest(flipped, kSeed, "M");
    ASSERT_FALSE(read.ok()) << "byte " << at;
    EXPECT_FALSE(DecodeManifest(whole.substr(0, at), kSeed, "M").ok()) << "cut at " << at;
  }
  EXPECT_EQ(DecodeManifest(whole, kSeed + 1, "M").error().code(), Code::kDamaged);
}

TEST(ManifestKeeper, KeepsTheOldOneWhenAnEditFails) {
  test::UnsyncedFileSystem disk;
  test::FaultFileSystem fs(disk);
  ASSERT_TRUE(fs.CreateDirectories("p").ok());
  ManifestKeeper keeper(fs, "p", kSeed, Manifest());
  ASSERT_TRUE(keeper.Edit([](Manifest& m) { m.checkpoint_id = 1; }).ok());
  fs.Plan({.call = test::FsCall::kRename});
  EXPECT_FALSE(keeper.Edit([](Manifest& m) { m.checkpoint_id = 2; }).ok());
  EXPECT_EQ(keeper.Current().checkpoint_id, 1U);
  const Result<std::string> bytes = ReadWholeFile(fs, ManifestPath("p"));
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(DecodeManifest(*bytes, kSeed, "M")->checkpoint_id, 1U);
}

}  // namespace
}  // namespace oncelog::store
