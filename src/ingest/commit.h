// Commit: one frame on its way: its records, its place, and the works whose answers wait for it.
//
// Threads: built by the committer, then handed to the syncer whole.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ingest/work.h"
#include "store/partition.h"

namespace oncelog::ingest {

struct Commit {
  store::FrameBuilder frame;
  std::vector<std::unique_ptr<Work>> works;
  store::Placement place;
  std::optional<store::FreezePoint> freeze;
};

}  // namespace oncelog::ingest
