// A later version's store: in each kind of file the format version is one higher, with the right
// checksums. It is refused as such, in a sentence that says what to do, and nothing is changed.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/index/run_file.h"
#include "store/log/frame.h"
#include "store/segment/segment_file.h"
#include "store/store_identity.h"
#include "store/verify/rehearsal.h"
#include "store/verify/verifier.h"
#include "tests/model/damage_store.h"
#include "tests/support/code_of.h"
#include "tests/support/disk_image.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using ingest::Engine;

constexpr size_t kPageChecksumAt = 4096 - 8;  // of the header page of a run or a segment

uint64_t NumberOf(const std::string& path) {
  return std::stoull(path.substr(path.find_last_of('/') + 1));
}

std::string_view Part(const std::string& bytes, size_t size) {
  return std::string_view(bytes).substr(0, size);
}

void Raise(std::string* bytes, size_t at) {
  StoreLe(bytes->data() + at, LoadLe<uint32_t>(bytes->data() + at) + 1);
}

void RaiseFrames(std::string* bytes, uint64_t seed) {
  for (size_t at = 0; at + store::kBlockBytes <= bytes->size(); at += store::kBlockBytes) {
    char* frame = bytes->data() + at;
    if (std::string_view(frame, 4) != "OLFR") continue;
    StoreLe(frame + 4, static_cast<uint16_t>(LoadLe<uint16_t>(frame + 4) + 1));
    StoreLe(frame + 56, Checksum64({frame, 56}, seed));
  }
}

// The file as a later version would have written it.
std::string Newer(const std::string& path, std::string bytes, uint64_t store_seed) {
  const std::string kind = KindOf(path);
  if (kind == ".log") {
    RaiseFrames(&bytes, store_seed ^ (NumberOf(path) + 1) * 0x9e3779b97f4a7c15);
    return bytes;
  }
  if (kind == ".seg") StoreLe(bytes.data() + 8, store::kSegmentFormatVersion);  // the highest known
  Raise(&bytes, 8);  // where all others have it
  char* at = bytes.data();
  if (kind == ".topics") {
    const uint64_t seed = store_seed ^ (NumberOf(path) << 8 | 't');
    StoreLe(at + 40, Checksum64(Part(bytes, 40), seed));
  } else if (kind == ".ckpt") {
    StoreLe(at + 32, Checksum64(Part(bytes, 32), store_seed));
  } else if (kind == ".run") {
    const uint64_t seed = store::RunSeed(store_seed, NumberOf(path));
    StoreLe(at + kPageChecksumAt, store::RunChecksum(seed, 0, Part(bytes, kPageChecksumAt)));
  } else if (kind == ".seg") {
    const uint64_t seed = store::SegmentSeed(store_seed, NumberOf(path));
    StoreLe(at + kPageChecksumAt, store::SegmentChecksum(seed, 0, Part(bytes, kPageChecksumAt)));
  } else if (kind.starts_with("STORE")) {
    StoreLe(at + 80, Checksum64(Part(bytes, 80), 0));
  }
  return bytes;
}

class NewerFormat : public ::testing::TestWithParam<std::string> {};

TEST_P(NewerFormat, IsRefusedAndNothingIsChanged) {
  const DamageStore store(TestSeed(),
                          GetParam() == ".topics" ? TinyOptions() : TinySealingOptions());
  int files = 0;
  for (const DiskImage* image : {&store.killed, &store.stopped}) {
    const std::string& identity = image->at("data/STORE");
    const uint64_t seed = store::DecodeIdentity(identity, "STORE")->checksum_seed();
    DiskImage newer = *image;
    for (auto& [path, bytes] : newer) {
      if (KindOf(path) != GetParam()) continue;
      // Killed while it was being made: nothing lists it.
      if ((GetParam() == ".run" || GetParam() == ".seg") && bytes.size() < store::kBlockBytes)
        continue;
      bytes = Newer(path, bytes, seed);
      ++files;
    }
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(newer);
    const auto opened = Engine::Open(*fs, "data", TinyOptions());
    ASSERT_EQ(CodeOf(opened), Code::kTooNew) << (opened.ok() ? "" : opened.error().message());
    const std::string said = opened.error().message();
    for (const std::string part :
         {"data/", "newer", "start it with that version or a later one", "(nothing was changed)"}) {
      EXPECT_NE(said.find(part), std::string::npos) << said;
    }
    EXPECT_EQ(TakeImage(*fs, "data"), newer);
    EXPECT_EQ(CodeOf(store::Rehearse(*fs, "data")), Code::kTooNew);
    if (!KindOf("data/" + GetParam()).starts_with('.')) {  // what says how to read the others
      EXPECT_EQ(CodeOf(store::VerifyStore(*fs, "data", {})), Code::kTooNew);
    }
  }
  EXPECT_GT(files, 1) << "the store has files of that kind";
}

INSTANTIATE_TEST_SUITE_P(Files, NewerFormat,
                         ::testing::Values("STORE", "STORE.bak", "MANIFEST", ".log", ".topics",
                                           ".run", ".ckpt", ".seg"),
                         [](const auto& kind) {
                           std::string name = kind.param;
                           std::erase(name, '.');
                           return name;
                         });

}  // namespace
}  // namespace oncelog::test
