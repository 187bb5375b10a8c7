// Verify: reads every byte, up to the end of the log, of a store that no server has open, counts
// everything again from segments and log and compares index, checkpoint and topic indexes with
// them. Nothing on the disk is changed.
//
//   Result<VerifyReport> report = VerifyStore(fs, "data", progress);
//   for (const Finding& finding : report->findings.damage()) Print(Describe(finding));
//
// What a start would cut or replay after kill -9 is no damage; a start is rehearsed in memory, and
// whatever it refuses is. After damage everything that does not depend on it is still looked at.
//
// Threads: one. Errors: kNotFound (no store there), kLocked, kTooNew, kIo; damage is in the report.
// Memory: 120 bytes a topic, 24 bytes an event behind the cover, filters and fences of the index
// (2 bytes an identity), and at most 130 MB to look into parts of the index that differ; then what
// a start takes, to rehearse one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "store/fs/file_system.h"
#include "store/verify/finding.h"

namespace oncelog::store {

struct VerifyReport {
  Findings findings;
  uint64_t files = 0;
  uint64_t bytes = 0;  // looked at
  uint64_t segments = 0;
  uint64_t frames = 0;  // of log files
  uint64_t events = 0;
  uint64_t duplicates = 0;  // conflicts included
  uint64_t conflicts = 0;
  uint64_t topics = 0;
  uint64_t index_entries = 0;  // in runs
  uint64_t tail_events = 0;    // behind the cover: in no run yet, replayed by each start
  bool clean_stop = false;

  [[nodiscard]] bool clean() const { return findings.damage_count() == 0; }
};

// Bytes looked at so far, and about how many there are.
using VerifyProgress = std::function<void(uint64_t done, uint64_t all)>;

Result<VerifyReport> VerifyStore(FileSystem& fs, const std::string& data_directory,
                                 const VerifyProgress& progress);
// The same without the lock, for what no server can open: a backup.
Result<VerifyReport> VerifyFiles(FileSystem& fs, const std::string& data_directory,
                                 const VerifyProgress& progress);

}  // namespace oncelog::store
