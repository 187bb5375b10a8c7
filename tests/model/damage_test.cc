// Damage to every kind of file, and files that are missing, swapped, old or another store's: the
// start is refused and names the file, or everything is still there, or reads name file and offset.
// Never are there fewer events without a word, never is a duplicate accepted, never is a file of
// the truth changed by a start that was refused. A failure names the damage and the seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "event/record.h"
#include "store/log/frame.h"
#include "store/state/retention_state.h"
#include "tests/model/damage_store.h"
#include "tests/model/gone_held.h"
#include "tests/model/tiny_store.h"
#include "tests/support/code_of.h"
#include "tests/support/disk_image.h"
#include "tests/support/sanitized.h"
#include "tests/support/test_seed.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {
namespace {

using event::RecordKind;
using ingest::Engine;

using Store = DamageStore;
constexpr uint64_t kStride = kSanitized ? 5 : 1;  // which damages is the seed's choice

// Where segments take over, topic indexes are few.
ingest::EngineOptions OptionsFor(const std::string& kind) {
  return kind == ".topics" ? TinyOptions() : TinySealingOptions();
}

class DamageTo : public ::testing::TestWithParam<std::string> {
 protected:
  // What is wrong with how the store takes that image, or empty.
  std::string Judge(const DiskImage& image, const std::string& file) {
    const std::unique_ptr<UnsyncedFileSystem> fs = PutImage(image);
    Result<std::unique_ptr<Engine>> engine = Engine::Open(*fs, "data", TinySealingOptions());
    if (!engine.ok()) {
      ++refused_;
      return JudgeRefusal(engine.error(), image, TakeImage(*fs, "data"), file);
    }
    TinyWorkload work = store_.work;
    std::string found = work.oracle().Check(**engine);
    std::vector<Error> errors;
    std::string wrong = work.PublishAllAgain(**engine, &errors);
    if (!wrong.empty()) return wrong;
    for (const Error& error : errors) {
      if (!Names(error.message(), file)) return "publishing: " + error.message();
    }
    if (!found.empty() && !Names(found, file)) return found;
    const std::string order = work.oracle().CheckOrder(**engine);
    if (!order.empty() && !Names(order, file)) return order;
    ++(found.empty() && errors.empty() ? whole_ : named_);
    engine->reset();
    return "";
  }

  bool LookedAt() { return ++damages_ % kStride == seed_ % kStride; }

  void Expect(const DiskImage& image, const std::string& file, const std::string& damage) {
    if (!LookedAt()) return;
    EXPECT_EQ(Judge(image, file), "") << damage << ", ONCELOG_TEST_SEED=" << seed_;
  }

  void ForEachFile(const std::string& kind,
                   const std::function<void(const DiskImage&, const std::string&)>& damage) {
    size_t files = 0;
    for (const DiskImage* image : {&store_.killed, &store_.stopped}) {
      for (const auto& [path, bytes] : *image) {
        if (KindOf(path) != kind) continue;
        ++files;
        damage(*image, path);
      }
    }
    EXPECT_GT(files, 0U) << "the store has files of that kind";
  }

  void TearDown() override {
    std::printf("refused %d, named when read %d, all there %d\n", refused_, named_, whole_);
  }

  uint64_t Draw(uint64_t below) { return random_() % below; }

  const uint64_t seed_ = TestSeed();
  std::mt19937_64 random_{seed_};
  const Store store_{seed_, OptionsFor(GetParam())};

 private:
  static bool Names(const std::string& said, const std::string& file) {
    const std::string name = file.substr(file.find_last_of('/') + 1);
    return said.find(name.substr(0, name.find('.'))) != std::string::npos &&
           said.find("data") != std::string::npos;
  }

  static std::string JudgeRefusal(const Error& error, const DiskImage& before,
                                  const DiskImage& after, const std::string& file) {
    if (error.code() != Code::kDamaged && error.code() != Code::kTooNew) {
      return "refused, but not as damaged: " + error.message();
    }
    if (!Names(error.message(), file)) return "the refusal does not name it: " + error.message();
    // A long replay flushes what it has read so far: that moves the cover, and no more.
    const bool flushed = std::any_of(after.begin(), after.end(), [&](const auto& f) {
      return KindOf(f.first) == ".run" && !before.contains(f.first);
    });
    if (flushed && CodeOf(Engine::Open(*PutImage(after), "data", TinyOptions())) != error.code()) {
      return "a start that was refused took the damage in: " + error.message();
    }
    const bool says_so = error.message().find("(nothing was changed)") != std::string::npos;
    const bool says_flushed = error.message().find("is in the index now") != std::string::npos;
    if (says_so == says_flushed || says_flushed != flushed) {
      return "does not say what it changed: " + error.message();
    }
    for (const auto& [path, bytes] : before) {
      if (path.find("STORE") != std::string::npos) continue;  // one copy mends the other
      if (flushed && (KindOf(path) == "MANIFEST" || KindOf(path) == ".ckpt")) continue;
      const auto now = after.find(path);
      if (now == after.end() || now->second != bytes) return "a refused start changed " + path;
    }
    return "";
  }

  uint64_t damages_ = 0;
  int refused_ = 0, named_ = 0, whole_ = 0;
};

TEST_P(DamageTo, ABit) {
  ForEachFile(GetParam(), [&](const DiskImage& image, const std::string& path) {
    const size_t used = UsedBytes(image.at(path));
    for (int i = 0; i < 16; ++i) {
      if (used == 0) break;
      // Also where the frames, pages and headers begin, and at the end.
      uint64_t at = Draw(used);
      if (i % 4 == 0) at = std::min<uint64_t>(used - 1, at / 4096 * 4096 + Draw(64));
      if (i == 1) at = used - 1;
      DiskImage damaged = image;
      damaged[path][at] = static_cast<char>(damaged[path][at] ^ (1 << Draw(8)));
      Expect(damaged, path, path + ": bit flip at " + std::to_string(at));
    }
  });
}

TEST_P(DamageTo, ItsLength) {
  ForEachFile(GetParam(), [&](const DiskImage& image, const std::string& path) {
    const size_t used = UsedBytes(image.at(path));
    for (int i = 0; i < 8; ++i) {
      uint64_t size = i == 0 ? 0 : i == 1 ? used : Draw(used + 1);
      if (i % 2 == 0) size = size / 4096 * 4096;
      if (size == image.at(path).size()) continue;
      DiskImage damaged = image;
      damaged[path].resize(size);
      Expect(damaged, path, path + ": cut to " + std::to_string(size));
    }
  });
}

// A run of zeros that takes the end of the log with it, marks and all, looks like a log that ended
// there: only a store that was stopped cleanly knows better.
TEST_P(DamageTo, AZeroedPage) {
  ForEachFile(GetParam(), [&](const DiskImage& image, const std::string& path) {
    const size_t used = UsedBytes(image.at(path));
    for (uint64_t at = 0; at < used; at += 4096) {
      const bool last = at + 4096 >= used;
      if (last && GetParam() == ".log" && &image == &store_.killed) continue;
      DiskImage damaged = image;
      std::string& bytes = damaged[path];
      std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at),
                  std::min<size_t>(4096, bytes.size() - at), '\0');
      Expect(damaged, path, path + ": zeros at " + std::to_string(at));
    }
  });
}

TEST_P(DamageTo, AllOfIt) {
  ForEachFile(GetParam(), [&](const DiskImage& image, const std::string& path) {
    const bool was_zeros = UsedBytes(image.at(path)) == 0;
    DiskImage missing = image;
    missing.erase(path);
    Expect(missing, path, path + ": missing");
    if (GetParam() != ".log" || &image == &store_.stopped || was_zeros) {
      DiskImage zeroed = image;
      std::fill(zeroed[path].begin(), zeroed[path].end(), '\0');
      Expect(zeroed, path, path + ": nothing but zeros");
    }
    DiskImage garbage = image;
    for (char& byte : garbage[path]) byte = static_cast<char>(Draw(256));
    if (GetParam() != ".log" || &image == &store_.stopped || was_zeros) {
      Expect(garbage, path, path + ": garbage");
    }
  });
}

TEST_P(DamageTo, SwappedWithAnother) {
  ForEachFile(GetParam(), [&](const DiskImage& image, const std::string& path) {
    for (const auto& [other, bytes] : image) {
      if (KindOf(other) != GetParam() || other <= path || !LookedAt()) continue;
      DiskImage swapped = image;
      std::swap(swapped[path], swapped[other]);
      const std::string judged = Judge(swapped, path);
      if (!judged.empty()) {
        EXPECT_EQ(Judge(swapped, other), "") << path << " and " << other << " swapped: " << judged
                                             << ", ONCELOG_TEST_SEED=" << seed_;
      }
    }
  });
}

TEST_P(DamageTo, AnOlderCopyPutBack) {
  ForEachFile(GetParam(), [&](const DiskImage& image, const std::string& path) {
    for (const DiskImage* then : {&store_.early_stopped, &store_.middle, &store_.killed}) {
      const auto old = then->find(path);
      if (old == then->end() || old->second == image.at(path)) continue;
      // An old last log file of a store that was killed is a store that was killed then.
      if (GetParam() == ".log" && &image == &store_.killed) continue;
      DiskImage damaged = image;
      damaged[path] = old->second;
      Expect(damaged, path, path + ": an older copy put back");
    }
  });
}

TEST_P(DamageTo, AnotherStoresFile) {
  const Store other(seed_ + 1, OptionsFor(GetParam()));
  ForEachFile(GetParam(), [&](const DiskImage& image, const std::string& path) {
    for (const DiskImage* theirs : {&other.killed, &other.stopped}) {
      for (const auto& [their_path, bytes] : *theirs) {
        if (KindOf(their_path) != GetParam() || UsedBytes(bytes) == 0) continue;
        DiskImage damaged = image;
        damaged[path] = bytes;
        Expect(damaged, path, path + ": another store's " + their_path);
      }
    }
  });
}

// Where changes stand that have a frame of their own: behind its header.
std::vector<std::pair<size_t, size_t>> ChangesIn(const std::string& log) {
  std::vector<std::pair<size_t, size_t>> changes;
  for (size_t at = 0; at + store::kBlockBytes <= log.size(); at += store::kBlockBytes) {
    const std::string_view block = std::string_view(log).substr(at, store::kBlockBytes);
    const auto records = LoadLe<uint32_t>(block.data() + 12);
    if (!block.starts_with("OLFR") || records != 1) continue;
    const auto record = event::ParseRecord(block.substr(store::kFrameHeaderBytes), 0, false);
    if (!record.ok() || !store::RetentionState::Takes(record->kind)) continue;
    const size_t begin = at + store::kFrameHeaderBytes;
    changes.emplace_back(begin, begin + record->bytes.size());
  }
  return changes;
}

class DamageToChanges : public DamageTo {};

// They are a small part of their blocks, which other damage hits seldom.
TEST_P(DamageToChanges, ABitOfEachByte) {
  size_t changes = 0;
  ForEachFile(GetParam(), [&](const DiskImage& image, const std::string& path) {
    for (const auto& [begin, end] : ChangesIn(image.at(path))) {
      ++changes;
      for (size_t at = begin; at < end; ++at) {
        DiskImage damaged = image;
        damaged[path][at] = static_cast<char>(damaged[path][at] ^ (1 << Draw(8)));
        Expect(damaged, path, path + ": bit flip in a change at " + std::to_string(at));
      }
    }
  });
  EXPECT_GT(changes, 0U);
}

// What erasing and retention make is damaged with all else.
TEST(DamageStoreTest, HoldsWhatIsGone) {
  const uint64_t seed = TestSeed();
  const Store store(seed, TinySealingOptions());
  for (const DiskImage* image : {&store.killed, &store.stopped}) {
    SCOPED_TRACE("ONCELOG_TEST_SEED=" + std::to_string(seed));
    const GoneHeld held = GoneHeldIn(*image);
    EXPECT_GT(held.stubs, 0U);
    EXPECT_GT(held.settings, 0U);
    EXPECT_GT(held.cuts, 0U);
    EXPECT_GT(held.erased_runs, 0U);
    for (const RecordKind kind : {RecordKind::kSettings, RecordKind::kErase, RecordKind::kRetain}) {
      EXPECT_TRUE(held.in_segments.contains(kind)) << static_cast<int>(kind);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, DamageTo,
                         ::testing::Values("STORE", "STORE.bak", "MANIFEST", ".log", ".topics",
                                           ".run", ".ckpt", ".seg"),
                         [](const auto& kind) {
                           std::string name = kind.param;
                           std::erase(name, '.');
                           return name;
                         });

INSTANTIATE_TEST_SUITE_P(Log, DamageToChanges, ::testing::Values(".log"));

}  // namespace
}  // namespace oncelog::test
