#include "store/backup/log_tail.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "store/log/log_scanner.h"

namespace oncelog::store {
namespace {

using State = LogScanner::State;

class TailReader {
 public:
  TailReader(const Manifest& manifest, const LogFilesById& files, uint64_t seed,
             std::string directory)
      : manifest_(manifest), files_(files), seed_(seed), directory_(std::move(directory)) {}

  Result<LogTail> Run() {
    if (Status s = ReadBeforeCover(); !s.ok()) return s.error();
    point_ = manifest_.cover;
    before_mark_.reset();
    const LogFileInfo* log = Listed(point_.file_id);
    for (std::optional<Error> doubt;;) {
      const LogPoint before = point_;
      if (log != nullptr) {
        if (Status s = Read(*log); !s.ok()) return s.error();
      }
      const Result<const LogFileInfo*> next = Follower();
      if (!next.ok()) return next.error();
      if (*next != nullptr) {
        log = *next;
        point_.file_id = log->id;
        point_.offset = 0;
        doubt.reset();
        continue;
      }
      // The writer may have gone on since the last look, but then there is more to read now.
      if (doubt && point_ == before) return *doubt;
      doubt = GoesOnElsewhere();
      if (!doubt) break;
    }
    if (Status s = CheckEnd(); !s.ok()) return s.error();
    return Closed();
  }

 private:
  [[nodiscard]] const LogFileInfo* Listed(uint64_t id) const {
    const auto at = std::find_if(manifest_.logs.begin(), manifest_.logs.end(),
                                 [id](const LogFileInfo& log) { return log.id == id; });
    return at == manifest_.logs.end() ? nullptr : &*at;
  }

  [[nodiscard]] Error Damage(uint64_t id, uint64_t offset, const std::string& what) const {
    return {Code::kDamaged, LogPath(directory_, id) + ", offset " + std::to_string(offset) + ": " +
                                what + "; `oncelog verify` on the stopped store says more"};
  }

  static uint64_t EndOf(const LogFileInfo& log) {
    return log.closed ? log.end_offset : log.capacity_bytes;
  }

  [[nodiscard]] LogScanner Scan(const LogFileInfo& log, uint64_t offset) const {
    return {*files_.at(log.id), log.id, seed_, offset, EndOf(log)};
  }

  // Files that nothing is written to any more, but that MANIFEST does not list as closed yet.
  Status ReadBeforeCover() {
    for (const LogFileInfo& log : manifest_.logs) {
      if (log.closed || log.id == manifest_.cover.file_id) continue;
      LogScanner first = Scan(log, 0);
      const State state = first.Next();
      if (state == State::kError) return first.error();
      if (state != State::kFrame) continue;
      if (first.header().first_position >= manifest_.cover.position) continue;
      point_ = {first.header().first_position, log.id, 0, first.header().link};
      if (Status s = Read(log); !s.ok()) return s;
    }
    return OkStatus();
  }

  // Goes on from point_ as far as there are frames.
  Status Read(const LogFileInfo& log) {
    read_.insert(log.id);
    for (bool more = true; more;) {
      if (Status s = ReadFrames(log); !s.ok()) return s;
      if (log.closed) break;
      Result<bool> goes_on = GoesOn(log);
      if (!goes_on.ok()) return goes_on.error();
      more = *goes_on;
    }
    ends_[log.id] = point_;
    if (!log.closed) return OkStatus();
    if (point_.offset == log.end_offset && point_.position == log.end_position) return OkStatus();
    return Damage(log.id, point_.offset, "is damaged here, in the middle of the log");
  }

  Status ReadFrames(const LogFileInfo& log) {
    LogScanner scan = Scan(log, point_.offset);
    State state = State::kEnd;
    while ((state = scan.Next()) == State::kFrame) {
      const FrameHeader& header = scan.header();
      if (header.first_position != point_.position || header.link != point_.link) {
        return Damage(log.id, scan.offset(), "holds a frame that does not follow the one before");
      }
      before_mark_.reset();
      if (header.records == 0) before_mark_ = point_;
      point_ = {header.end_position(), log.id, scan.next_offset(), header.checksum};
    }
    if (state == State::kError) return scan.error();
    if (state != State::kTooNew) return OkStatus();
    return Error(Code::kTooNew, LogPath(directory_, log.id) + ": holds frames of a newer oncelog");
  }

  // A valid frame behind one that is not: the writer went on between the two looks, then the one
  // before is whole by now, or it is damaged.
  Result<bool> GoesOn(const LogFileInfo& log) {
    LogScanner end = Scan(log, point_.offset);
    const State state = end.Next();
    if (state == State::kFrame) return true;
    if (state == State::kError) return end.error();
    Result<std::optional<uint64_t>> behind = end.FindValidHeaderBehind();
    if (!behind.ok()) return behind.error();
    if (!behind->has_value()) return false;
    LogScanner again = Scan(log, point_.offset);
    if (again.Next() == State::kFrame) return true;
    return Damage(log.id, point_.offset,
                  "is damaged here: the log goes on at offset " + std::to_string(**behind));
  }

  // The file whose first frame follows the last one read; of two with the same first frame the
  // older is the original, the other was being written again when a start was interrupted. A last
  // mark proves the frame before it, but not itself: a start goes on from before it, and then it is
  // no part of the log.
  Result<const LogFileInfo*> Follower() {
    const LogFileInfo* found = nullptr;
    bool passes_mark = false;
    for (const LogFileInfo& log : manifest_.logs) {
      const bool before_cover = log.closed && log.end_position < manifest_.cover.position;
      if (before_cover || read_.contains(log.id) || (found != nullptr && found->id < log.id))
        continue;
      LogScanner scan = Scan(log, 0);
      const State state = scan.Next();
      if (state == State::kError) return scan.error();
      if (state != State::kFrame || scan.header().first_position != point_.position) continue;
      const uint64_t link = scan.header().link;
      if (link != point_.link && !(before_mark_ && link == before_mark_->link)) continue;
      found = &log;
      passes_mark = link != point_.link;
    }
    if (passes_mark) ends_[point_.file_id] = point_ = *before_mark_;
    return found;
  }

  // What stands in an open file that was not read, though it comes behind point_.
  [[nodiscard]] std::optional<Error> GoesOnElsewhere() const {
    for (const LogFileInfo& log : manifest_.logs) {
      if (log.closed || read_.contains(log.id)) continue;
      LogScanner scan = Scan(log, 0);
      const State state = scan.Next();
      if (state == State::kError) return scan.error();
      if (state == State::kFrame) {
        // A copy of a frame that was read.
        if (scan.header().first_position < point_.position) continue;
        return Damage(point_.file_id, point_.offset,
                      "the log ends here, but " + LogPath(directory_, log.id) +
                          " goes on at position " +
                          std::to_string(scan.header().first_position.value));
      }
      const Result<std::optional<uint64_t>> behind = scan.FindValidHeaderBehind();
      if (!behind.ok()) return behind.error();
      if (!behind->has_value()) continue;
      return Damage(log.id, 0, "does not begin with a frame of this file, but frames follow");
    }
    return std::nullopt;
  }

  [[nodiscard]] Status CheckEnd() const {
    Position known = std::max(manifest_.cover.position, manifest_.known_durable.position);
    for (const LogFileInfo& log : manifest_.logs) {
      if (log.closed) known = std::max(known, log.end_position);
    }
    if (point_.position >= known) return OkStatus();
    return Damage(point_.file_id, point_.offset,
                  "the log ends here, at position " + std::to_string(point_.position.value) +
                      ", but is known to go on up to " + std::to_string(known.value));
  }

  Result<LogTail> Closed() const {
    LogTail tail{point_, {}};
    for (LogFileInfo log : manifest_.logs) {
      if (!log.closed) {
        const auto end = ends_.find(log.id);
        if (end == ends_.end() || end->second.offset == 0) continue;
        LogScanner first = Scan(log, 0);
        const State state = first.Next();
        if (state == State::kError) return first.error();
        if (state != State::kFrame) {
          return Damage(log.id, 0, "does not begin with a frame, but frames follow");
        }
        log.closed = true;
        log.first_position = first.header().first_position;
        log.end_position = end->second.position;
        log.end_offset = log.capacity_bytes = end->second.offset;
      }
      tail.logs.push_back(log);
    }
    return tail;
  }

  const Manifest& manifest_;
  const LogFilesById& files_;
  const uint64_t seed_;
  const std::string directory_;
  LogPoint point_;                       // behind the last frame read
  std::optional<LogPoint> before_mark_;  // if that is a mark
  std::set<uint64_t> read_;
  std::map<uint64_t, LogPoint> ends_;
};

}  // namespace

Result<LogTail> ReadLogTail(const Manifest& manifest, const LogFilesById& files,
                            uint64_t store_seed, const std::string& directory) {
  return TailReader(manifest, files, store_seed, directory).Run();
}

}  // namespace oncelog::store
