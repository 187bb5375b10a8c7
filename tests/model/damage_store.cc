#include "tests/model/damage_store.h"

#include <gtest/gtest.h>

#include <memory>
#include <string_view>
#include <utility>

#include "store/log/frame.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::test {

using ingest::Engine;

namespace {

constexpr int kBatches = 40;
constexpr int kBatchesAChange = 2;

}  // namespace

bool EndsWithMark(store::FileSystem& fs) {
  uint64_t last_id = 0;
  bool mark = false;
  for (const auto& [path, bytes] : TakeImage(fs, "data/p0000/log")) {
    const uint64_t id = std::stoull(path.substr(path.find_last_of('/') + 1));
    const size_t used = UsedBytes(bytes);
    if (KindOf(path) != ".log" || used == 0 || id < last_id) continue;
    const std::string_view last =
        std::string_view(bytes).substr((used - 1) / store::kBlockBytes * store::kBlockBytes);
    last_id = id;
    mark = last.substr(0, 4) == "OLFR" && (last[6] & 1) != 0;
  }
  return mark;
}

std::string KindOf(const std::string& path) {
  const std::string name = path.substr(path.find_last_of('/') + 1);
  const size_t dot = name.find_last_of('.');
  return dot == std::string::npos || name == "STORE.bak" ? name : name.substr(dot);
}

size_t UsedBytes(const std::string& bytes) { return bytes.find_last_not_of('\0') + 1; }

DamageStore::DamageStore(uint64_t seed, ingest::EngineOptions with, bool some_gone)
    : options(std::move(with)), work(seed), some_gone_(some_gone) {
  UnsyncedFileSystem fs;
  ingest::EngineOptions unsealed = options;  // what goes meanwhile becomes stubs when it is sealed
  unsealed.sealing.bytes_per_second = 0;
  Live(fs, unsealed, kBatches / 3, nullptr);
  early_stopped = TakeImage(fs, "data");
  Live(fs, options, kBatches, &killed);
  stopped = TakeImage(fs, "data");
}

void DamageStore::Live(UnsyncedFileSystem& fs, const ingest::EngineOptions& with, int batches,
                       DiskImage* at_the_end) {
  auto engine = Engine::Open(fs, "data", with).Take();
  Status outcome = OkStatus();
  for (int i = 0; i < batches; ++i) {
    EXPECT_EQ(work.Publish(*engine, &outcome), "");
    EXPECT_TRUE(outcome.ok());
    const bool change = some_gone_ && i % kBatchesAChange == kBatchesAChange - 1;
    if (change) work.Change(*engine, &outcome);
    EXPECT_TRUE(outcome.ok());
    if (at_the_end != nullptr && i == batches / 2) middle = Quiet(*engine, fs);
  }
  if (at_the_end != nullptr) *at_the_end = Quiet(*engine, fs);
  EXPECT_TRUE(engine->Stop().ok());
}

// What is full while another table is written is flushed when the log goes on, and only what is
// flushed is sealed: so it goes on, however slow the machine was.
bool DamageStore::IsQuiet(Engine& engine, UnsyncedFileSystem& fs) {
  const ingest::EngineFigures figures = engine.figures();
  if (figures.index.table_entries >= options.index.table_entries_max) {
    EXPECT_EQ(work.PublishKnown(engine), "");
    return false;
  }
  return figures.index.runs <= 4 && figures.seal_backlog_bytes == 0 && EndsWithMark(fs);
}

DiskImage DamageStore::Quiet(Engine& engine, UnsyncedFileSystem& fs) {
  EXPECT_TRUE(Becomes([&] { return IsQuiet(engine, fs); }));
  return TakeStillImage(fs, "data");
}

}  // namespace oncelog::test
