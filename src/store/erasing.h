// Erasing: which bytes of the store are gone for readers and still on the disk, and when they are
// to leave it. It decides only; Sealing writes.
//
//   Result<ErasingStep> step = erasing.Next(now, manifest.cover);
//   if (step->rewrite != nullptr) …write that segment anew…
//   …seal the log up to step->seal_through, however little it is…
//
// Nothing about it is kept on disk, so nothing can be wrong after a crash: stubs are counted in the
// headers of segments, what is gone is in the fold of the log, and what is gone and no stub is
// still there. In a segment these are counts (a stub is always gone); in log files, which are few,
// the events are looked at; a conflict is looked for among those of a segment, read once.
//
// What went since the last time is gathered for half of `within`, then done in one go: log files
// that hold something of it are sealed, segments with something of it rewritten. A segment of which
// a quarter is gone need not wait. After a start all counts as having waited.
//
// Threads: one; overdue() and gave_up() from any. Ownership: borrows the state.
// Errors: kDamaged, kIo of a segment or log file. Memory: 16 bytes a conflict that is kept, once
// something is gone. Units: `now` is time since some fixed moment, as Uptime in base/time.h.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/manifest.h"
#include "store/segment/segment_writer.h"
#include "store/state/durable_state.h"

namespace oncelog::store {

struct ErasingStep {
  std::shared_ptr<const Segment> rewrite;  // or null
  uint64_t gone_events = 0;                // of it, that are no stubs yet
  Position seal_through;                   // 0: nothing of the log is in a hurry
  // The log cannot be sealed so far before the writer has left this file, and the cover it.
  std::optional<uint64_t> leave_log;  // asked for once a second at most
};

class Erasing {
 public:
  using Milliseconds = std::chrono::milliseconds;

  Erasing(const DurableState& state, uint64_t store_seed, Milliseconds within, SegmentPace pace,
          std::function<void(const std::string&)> alarm);

  // What is to be done now, if anything.
  Result<ErasingStep> Next(Milliseconds now, const LogPoint& cover);
  // The step's segment was rewritten, or cannot be and is left alone until the next start.
  void Rewritten() { rewrites_.pop_front(); }
  // It cannot be rewritten now, for want of room or because of an error: others come first.
  void Postpone();
  // What is gone in it, or may be, stays: it is overdue in due course, and for good.
  void LeaveAlone(uint64_t segment_id, const Error& why);
  // The same of all that is in the log: it cannot be sealed.
  void LeaveLogAlone();

  // How long nothing need be looked at.
  [[nodiscard]] Milliseconds pause() const;
  // Something should have left the disk by now.
  [[nodiscard]] bool overdue() const { return overdue_.load(); }
  // A segment is left alone, or the log.
  [[nodiscard]] bool gave_up() const { return gave_up_.load(); }

 private:
  struct Rewrite {
    uint64_t segment_id;
    uint64_t gone_events;
  };
  using Conflicts = std::vector<std::pair<TopicId, Sequence>>;  // sequences of the originals

  void Notice(Milliseconds now);
  void LeaveToLog();
  Status Begin(Milliseconds now);
  Status LookForShares(Milliseconds now);
  // What of a segment has to leave the disk: how many events, and whether there is anything.
  struct Left {
    uint64_t events = 0;
    bool anything = false;
  };
  Result<Left> LeftIn(const Segment& segment, bool conflicts_too);
  // Adds segments of which at least that share is gone; nullopt: all with anything of it.
  Status FindSegments(std::optional<double> share);
  Result<uint64_t> GoneIn(const Segment& segment) const;
  Result<bool> HoldsGoneConflict(const Segment& segment);
  Result<Conflicts> ReadConflicts(const Segment& segment) const;
  // Behind the last record in log files before `end` that holds what is gone; 0: there is none.
  Result<Position> FindInLogs(const DurableState::Pinned& pinned, Position end) const;
  Status FindInLog(const LogFile& log, Position end, Position* behind) const;
  [[nodiscard]] std::optional<uint64_t> FileToLeave(const LogFiles& logs,
                                                    const LogPoint& cover) const;

  const DurableState& state_;
  const uint64_t store_seed_;
  const Milliseconds within_;
  const Milliseconds look_every_;
  const SegmentPace pace_;
  const std::function<void(const std::string&)> alarm_;

  bool started_ = false;
  uint64_t seen_gone_ = 0;             // events that were gone when the last work began
  std::optional<Milliseconds> since_;  // something else has been gone since then
  std::optional<Milliseconds> working_since_;
  Milliseconds look_at_{0};  // for segments that need not wait
  uint64_t looked_gone_ = 0;
  std::deque<Rewrite> rewrites_;
  Position seal_through_;
  std::optional<Milliseconds> asked_at_;     // to leave a log file
  std::map<uint64_t, Conflicts> conflicts_;  // by segment
  std::set<uint64_t> left_alone_;
  bool log_left_alone_ = false;
  std::optional<Milliseconds> left_since_;  // since when the first of them holds what is gone
  std::atomic<bool> gave_up_{false};
  std::atomic<bool> overdue_{false};
};

}  // namespace oncelog::store
