// DamageStore: one life of a tiny store as it stood while it ran, when it was killed, and after a
// clean stop: what tests damage and look at.
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
// Up to the last byte that is not zero.
size_t UsedBytes(const std::string& bytes);

struct DamageStore {
  explicit DamageStore(uint64_t seed, ingest::EngineOptions with = TinyOptions());

  const ingest::EngineOptions options;
  TinyWorkload work;
  DiskImage early_stopped, middle, killed, stopped;

 private:
  void Live(UnsyncedFileSystem& fs, int batches, DiskImage* at_the_end);
  bool IsQuiet(ingest::Engine& engine, UnsyncedFileSystem& fs);
  DiskImage Quiet(ingest::Engine& engine, UnsyncedFileSystem& fs);
};

}  // namespace oncelog::test
