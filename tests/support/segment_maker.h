// Sealing logs made by LogMaker, and opening what comes out.
//
//   SegmentInfo info = *Seal(fs, "d", {&log});
//   std::shared_ptr<const store::Segment> segment = *OpenSegment(fs, "d", info, cache);
//
// Log files are numbered from 1. Threads: one. Ownership: file system and cache must live longer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/segment/segment.h"
#include "store/segment/segment_sealer.h"
#include "tests/support/log_maker.h"

namespace oncelog::test {

inline constexpr uint64_t kSegmentId = 7;

// The segment 7 of the logs, which follow each other.
inline Result<store::SegmentInfo> Seal(store::FileSystem& fs, const std::string& directory,
                                       const std::vector<const LogMaker*>& logs,
                                       store::SegmentPace pace = nullptr) {
  std::vector<store::SealInput> inputs;
  uint64_t file_id = 1;
  for (const LogMaker* log : logs) inputs.push_back({&log->file(), file_id++, log->end_offset()});
  const store::SegmentTarget target{kSegmentId,
                                    {logs.front()->end().value - logs.front()->records().size()},
                                    logs.back()->end(),
                                    LogStart().store_seed};
  store::LogMemory memory;
  return store::SegmentSealer(fs, directory, target, memory, std::move(pace)).Seal(inputs);
}

inline Result<std::shared_ptr<const store::Segment>> OpenSegment(store::FileSystem& fs,
                                                                 const std::string& directory,
                                                                 const store::SegmentInfo& info,
                                                                 store::BlockCache& cache) {
  return store::Segment::Open(fs, directory, info, LogStart().store_seed, cache);
}

}  // namespace oncelog::test
