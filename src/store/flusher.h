// Flusher: moves the cover forward. A frozen memory table becomes an index run, the topics as they
// stood at the very same frame become a checkpoint, and one MANIFEST edit makes both the fold up to
// that frame. An empty table becomes no run: duplicates alone move the cover too. If it fails half
// way, the old cover stays in force and the call can be repeated.
//
//   index.Freeze();                                          // at a frame's end
//   ...the frame is durable and folded in...
//   Status s = flusher.Flush({end, {end.position, state.ShareTopics(), ...}});
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>

#include "store/index/dedup_index.h"
#include "store/manifest.h"
#include "store/state/checkpoint.h"

namespace oncelog::store {

struct FlushInput {
  LogPoint cover;
  CheckpointInput checkpoint;  // at the cover
};

class Flusher {
 public:
  Flusher(FileSystem& fs, std::string directory, uint64_t store_seed, DedupIndex& index,
          ManifestKeeper& manifest);

  Status Flush(const FlushInput& input);

 private:
  FileSystem& fs_;
  const std::string directory_;
  const uint64_t store_seed_;
  DedupIndex& index_;
  ManifestKeeper& manifest_;
};

}  // namespace oncelog::store
