// Test parts: an engine whose tables, log files and segments are so small that a short life of a
// small store writes, merges, seals and rewrites each kind of file.
//
//   UseTestParts(/*entries=*/48, &options);      // of an index table; a log file has as many KiB
//
// Threads: pure.
#pragma once

#include <cstdint>

#include "ingest/engine.h"

namespace oncelog::app {

void UseTestParts(uint64_t entries, ingest::EngineOptions* options);

}  // namespace oncelog::app
