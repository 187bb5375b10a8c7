// GoneHeld: what the files of a store hold because events were erased or are past their retention:
// so that a test which needs such a store sees that it has one.
//
//   const GoneHeld held = GoneHeldIn(image);
//   EXPECT_GT(held.stubs, 0U);
//
// Threads: pure functions. Errors: files that cannot be read fail the test.
#pragma once

#include <cstdint>
#include <map>

#include "event/record.h"
#include "tests/support/disk_image.h"

namespace oncelog::test {

struct GoneHeld {
  uint64_t stubs = 0;              // in segments
  uint64_t blanked_conflicts = 0;  // in segments: what came in conflict with an event that is gone
  std::map<event::RecordKind, uint64_t> in_segments, in_log;  // that are no events
  // Segments and log files with something in them that MANIFEST does not list.
  uint64_t left_over = 0;
  // In the checkpoint:
  uint64_t settings = 0;     // topics that have some
  uint64_t cuts = 0;         // topics that begin later
  uint64_t erased_runs = 0;  // of neighbours

  // Every place that such a store has for it.
  [[nodiscard]] bool Everything() const;
};

// `image`: of a whole store, "data".
GoneHeld GoneHeldIn(const DiskImage& image);

}  // namespace oncelog::test
