// DamageStore: one life of a tiny store as it stood while it ran, when it was killed, and after a
// clean stop: what tests damage and look at. Some of its events are gone: in segments they are
// stubs, and what says so is in log, segments and checkpoint (HoldsWhatIsGone in damage_test).
//
//   const DamageStore store(seed);
//   DiskImage damaged = store.killed;
//
// Threads: one. A value once it is made.
#pragma once

#include <cstdint>
#include <string>

#include "tests/model/tiny_store.h"
#include "tests/support/disk_image.h"

namespace oncelog::test {

// ".log", ".run", "MANIFEST", "STORE.bak" …
std::string KindOf(const std::string& path);
// Whether the log has gone on with a mark, as it does within milliseconds, so that its last frame
// is proven.
bool EndsWithMark(store::FileSystem& fs);
// Up to the last byte that is not zero.
size_t UsedBytes(const std::string& bytes);

struct DamageStore {
  // `some_gone`: unless a test is to say itself what is gone.
  explicit DamageStore(uint64_t seed, ingest::EngineOptions with = TinyOptions(),
                       bool some_gone = true);

  const ingest::EngineOptions options;
  TinyWorkload work;
  DiskImage early_stopped, middle, killed, stopped;

 private:
  void Live(UnsyncedFileSystem& fs, const ingest::EngineOptions& with, int batches,
            DiskImage* at_the_end);
  bool IsQuiet(ingest::Engine& engine, UnsyncedFileSystem& fs);
  DiskImage Quiet(ingest::Engine& engine, UnsyncedFileSystem& fs);

  const bool some_gone_;
};

}  // namespace oncelog::test
