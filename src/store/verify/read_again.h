// Reading events of segments and log a second time, when the first reading has shown that they must
// be looked at one by one. What cannot be read was told the first time and is passed over.
//
//   const StoreParts parts{fs, directory, store_seed, manifest};
//   ReadSegmentsAgain(parts, nullptr, [](const EventRow& row) { … });
//   ReadLogAgain(parts, [](const event::RecordView& record, Position frame) { … });
//
// Threads: one. Ownership: borrows. Memory: a block, or a window of a log file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "event/record.h"
#include "store/fs/file_system.h"
#include "store/manifest.h"
#include "store/segment/segment_file.h"

namespace oncelog::store {

struct StoreParts {
  FileSystem& fs;
  std::string directory;  // of the partition
  uint64_t store_seed = 0;
  const Manifest& manifest;
};

struct EventRow {
  TopicId topic;
  event::IndexEntry entry;
  size_t json_bytes = 0;  // 0: a stub
};

// `wanted`, if given: which blocks of events are read.
void ReadSegmentsAgain(const StoreParts& parts,
                       const std::function<bool(const BlockEntry&)>& wanted,
                       const std::function<void(const EventRow&)>& visit);

// Every record behind the segments, with the first position of its frame.
void ReadLogAgain(const StoreParts& parts,
                  const std::function<void(const event::RecordView&, Position)>& visit);

}  // namespace oncelog::store
