// Checkpoint: the fold of the log up to the cover, besides the index: topics and their
// counters, and which payloads are gone.
//
//   Status s = WriteCheckpoint(fs, path, {cover, topics, conflict_bytes}, seed);
//   Result<Checkpoint> loaded = ReadCheckpoint(fs, path, seed);
//
// Layout (little endian): header of 40 bytes: magic "OLCKPT\n\0", u32 version (1), u32 sections,
// u64 position of the cover, u64 checksum of all behind the header, u64 checksum of bytes 0-31;
// both seeded with the store. Then sections, each u32 tag (the top bit set: must be understood),
// u32 zero, u64 bytes, bytes:
//   tag 0x80000001, topics: u32 count, then by id: u8 name bytes, name, u64 events, u64 duplicates,
//       u64 conflicts, u64 bytes, i64 first received_at, i64 last received_at, u32 conflicts kept
//   tag 0x80000002, totals: u64 bytes of conflicts kept
//   tag 0x80000003, retention, only if there is any: u32 count, then in order of id: u32 topic id,
//       u64 retention age in seconds, u64 retention bytes (0: none), u64 first sequence kept,
//       u32 runs of erased sequences, each u64 first, u64 behind the last
//
// That no name is there twice is for the reader to check, who looks them up anyway.
// Threads: pure but for the file. Errors: kDamaged names the file; kTooNew.
// Memory: encoding takes the file's bytes once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/fs/file_system.h"
#include "store/state/durable_state.h"

namespace oncelog::store {

struct CheckpointTopic {
  std::string name;
  TopicState state;
};

struct Checkpoint {
  Position cover;
  std::vector<CheckpointTopic> topics;  // by id
  uint64_t conflict_bytes_kept = 0;
  RetentionState retention;
};

// `topics` by id, their names still owned by the DurableState they are shared with.
struct CheckpointInput {
  Position cover;
  TopicStates topics;
  uint64_t conflict_bytes_kept = 0;
  RetentionState retention;
};

std::string EncodeCheckpoint(const CheckpointInput& input, uint64_t store_seed);
Result<Checkpoint> DecodeCheckpoint(std::string_view bytes, uint64_t store_seed,
                                    std::string_view name);

Status WriteCheckpoint(FileSystem& fs, const std::string& path, const CheckpointInput& input,
                       uint64_t store_seed);
Result<Checkpoint> ReadCheckpoint(FileSystem& fs, const std::string& path, uint64_t store_seed);

}  // namespace oncelog::store
