// Sealing: turns closed log files into segments, oldest first, on a thread of low priority and at a
// limited rate. What is gone for readers leaves the disk here too (erasing.h): it is not taken into
// segments, and segments that hold it are rewritten.
//
//   sealing.Start();
//   sealing.Wake();      // a log file was closed, or the cover has moved
//
// A step: choose log files that follow each other and lie before the cover; write, sync and open
// their segment; one MANIFEST edit lists it and drops the logs; then readers see the segment in the
// place of the logs, whose files go when the last reader that pinned them is done. A crash before
// the edit leaves a segment that nothing lists, one after it log files of which MANIFEST knows that
// they are sealed: either is removed at the next start. After an edit that failed both are kept, as
// either MANIFEST may be the one on the disk, and only the edit is tried again.
//
// Rewriting goes the same way: a new segment of the same positions, one MANIFEST edit that lists it
// in the place of the old one, whose file goes when its last reader is done.
//
// Small log files wait for neighbours, so that neither they nor segments become very many; but not
// those that hold what has to leave the disk.
//
// Threads: all calls from any thread. `Stop` joins; a segment half written is given up.
// Errors: a full disk is waited out; anything else is told through `alarm` and tried again, but for
// damage in the log: until the next start no more of it is sealed, only segments are still
// rewritten. failure() keeps the last one, and damage for good.
// Units: bytes of log before compression.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "store/erasing.h"
#include "store/manifest.h"
#include "store/rate_limit.h"
#include "store/segment/segment_sealer.h"
#include "store/state/durable_state.h"

namespace oncelog::store {

struct SealingOptions {
  uint64_t bytes_per_second = uint64_t{256} << 20;  // 0: nothing is sealed
  uint64_t group_bytes_max = uint64_t{256} << 20;   // of log in one segment; one file may be larger
  uint64_t backlog_bytes_max = uint64_t{8} << 30;   // for ingest to keep: see ingest/seal_pace.h
  // What is gone for readers is off the disk after that, if anything is sealed at all.
  std::chrono::milliseconds erase_within{std::chrono::hours(24)};
  // Has the log go on in another file, if this one is written to (0: whichever it is), and the
  // cover move past all before. Waits for it; an error is no reason not to ask again.
  std::function<Status(uint64_t log_id)> leave_log;
};

struct SealingFigures {
  uint64_t sealed = 0;         // segments made since start
  double seconds = 0;          // that took, pauses for the rate included
  uint64_t rewritten = 0;      // segments, since start
  UnixMs last_rewrite_at;      // 0: none yet
  bool erase_overdue = false;  // something is still on the disk after erase_within
};

// The log files that the next segment is to hold; empty if it is too early for one. What lies
// before `through` is not too early, however little it is.
std::vector<LogFileInfo> ChooseSealGroup(const Manifest& manifest, uint64_t group_bytes_max,
                                         Position through = {});

class Sealing {
 public:
  // `reserve_bytes`: what must stay free on the disk for the log's own needs.
  Sealing(FileSystem& fs, std::string directory, uint64_t store_seed, DurableState& state,
          ManifestKeeper& manifest, BlockCache& cache, const SealingOptions& options,
          std::function<uint64_t()> reserve_bytes, std::function<void(const std::string&)> alarm);
  ~Sealing();

  void Start();
  void Stop();
  void Wake();

  // Of closed log files, while enough of them wait for a segment.
  [[nodiscard]] uint64_t backlog_bytes() const { return backlog_bytes_.load(); }
  // The same, as far as waiting for sealing would help: 0 while it fails (but for lack of space),
  // and once it was given up because of damage.
  [[nodiscard]] uint64_t lag_bytes() const { return stuck_ || log_damaged_ ? 0 : backlog_bytes(); }
  [[nodiscard]] SealingFigures figures() const;
  [[nodiscard]] bool erase_overdue() const { return erasing_.overdue(); }
  // Whether, for all that is known, what goes now is off the disk after erase_within.
  [[nodiscard]] bool erases_in_time() const {
    return options_.bytes_per_second > 0 && !erasing_.gave_up();
  }
  [[nodiscard]] std::optional<Error> failure() const;

 private:
  // Written and open, not yet listed.
  struct Sealed {
    SegmentInfo info;
    std::shared_ptr<const Segment> segment;
    std::vector<uint64_t> log_ids;
    std::optional<uint64_t> replaces;  // a segment
  };

  void Run();
  void WaitForWork(std::unique_lock<std::mutex>& lock);
  void CountBacklog();
  void Tell(const Status& outcome);
  Status SealOnce(bool* sealed);
  Status MakeSegment(const std::vector<LogFileInfo>& group);  // becomes pending_
  Result<Sealed> Seal(const std::vector<LogFileInfo>& group);
  Status CheckSpace(uint64_t bytes);
  Result<std::shared_ptr<const Segment>> OpenMade(const SegmentInfo& info);
  Status Install();
  std::vector<uint64_t> LeftLogs();
  void DropLogs(const std::vector<uint64_t>& ids, const LogFiles& in_use);
  bool Pace(size_t bytes);

  // sealing_rewrite.cc: what is gone leaves segments that are made already
  Status RewriteOnce(const ErasingStep& step, bool* rewritten);
  Result<Sealed> Rewrite(const Segment& old);
  Status InstallRewritten();

  FileSystem& fs_;
  const std::string directory_;
  const uint64_t store_seed_;
  DurableState& state_;
  ManifestKeeper& manifest_;
  BlockCache& cache_;
  const SealingOptions options_;
  const std::function<uint64_t()> reserve_bytes_;
  const std::function<void(const std::string&)> alarm_;

  RateLimit limit_;                // the thread's
  LogMemory log_memory_;           // likewise
  Erasing erasing_;                // likewise
  std::optional<Sealed> pending_;  // its edit is still to be made; likewise

  std::mutex count_mutex_;
  std::atomic<uint64_t> backlog_bytes_{0};
  std::atomic<bool> stuck_{false};
  std::atomic<bool> log_damaged_{false};

  mutable std::mutex mutex_;
  std::condition_variable work_;
  bool due_ = true;  // recovery may have left some
  bool stopping_ = false;
  std::optional<Error> failure_;
  SealingFigures figures_;

  std::thread thread_;
};

}  // namespace oncelog::store
