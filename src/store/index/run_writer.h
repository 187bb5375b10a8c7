// RunWriter: writes one run, front to back, from entries in order of fingerprint.
//
//   Result<std::unique_ptr<RunWriter>> writer = RunWriter::Create(fs, directory, target, pace);
//   for (const event::IndexEntry& entry : sorted) {
//     if (Status s = (*writer)->Add(entry); !s.ok()) return s;
//   }
//   Result<RunInfo> run = (*writer)->Finish();     // file and directory are synced
//
// A writer dropped before Finish succeeded removes its file. A file that is there already under
// the run's name was left unlisted by a crash and is replaced: run ids in use never come back.
// Threads: one. Ownership: owns the file while it writes; `fs` must live longer.
// Errors: kDiskFull, kIo; kBusy if `pace` gave up; kDamaged if an entry does not come after the one
// before it. Units: entries, bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/identity.h"
#include "store/fs/file_system.h"
#include "store/index/dedup_index.h"
#include "store/index/filter.h"
#include "store/index/run_file.h"

namespace oncelog::store {

// Which run is written.
struct RunTarget {
  uint64_t id = 0;
  uint64_t entries = 0;        // exactly so many will be added
  uint64_t checksum_seed = 0;  // the store's
};

class RunWriter {
 public:
  // Called after each piece written, with its bytes; answers false to give up.
  using Pace = std::function<bool(size_t bytes)>;

  static Result<std::unique_ptr<RunWriter>> Create(FileSystem& fs, const std::string& directory,
                                                   const RunTarget& target, Pace pace);
  ~RunWriter();
  RunWriter(const RunWriter&) = delete;
  RunWriter& operator=(const RunWriter&) = delete;

  Status Add(const event::IndexEntry& entry);
  Result<RunInfo> Finish();

 private:
  RunWriter(FileSystem& fs, std::string directory, const RunTarget& target, Pace pace);
  void ClosePage();
  Status WritePiece(std::string_view bytes);
  Status WriteBuffer();

  FileSystem& fs_;
  std::string directory_;
  RunHeader header_;
  uint64_t seed_;
  Pace pace_;
  std::unique_ptr<File> file_;
  uint64_t offset_;  // where the next piece goes
  uint64_t unsynced_bytes_ = 0;
  std::vector<char> buffer_;   // pages not yet written
  size_t buffer_bytes_ = 0;    // of whole pages in it
  uint64_t page_entries_ = 0;  // in the page behind those
  uint64_t added_ = 0;
  event::IndexEntry last_;
  std::vector<uint64_t> fences_;
  Filter filter_;
  bool finished_ = false;
};

}  // namespace oncelog::store
