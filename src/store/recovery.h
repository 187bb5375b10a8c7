// Recovery: from what is on disk to a partition that may take events. Its rules:
//
//  - The checkpoint and the runs are the fold up to the cover; what lies behind it is folded now.
//  - Segments are opened, not read: they lie before the cover. Each must go on where the one before
//    ended, by position and by link, and so must the first log file behind them.
//  - A frame is written only when the one before is durable, so a frame proves all before it. The
//    last frame has no such proof: it is written again into a fresh file and synced before anything
//    is answered. After an unclean stop the writer always goes on in a fresh file.
//  - A bad frame with anything valid behind it, or before the end MANIFEST knows to be durable, is
//    damage: the start is refused, naming file, offset and position. Only a bad frame at the very
//    end is cut, and its bytes are saved beside the log as <id>.torn.
//  - Files of our own naming that no manifest lists and that hold nothing of the truth are removed,
//    once the manifest that does not list them is durable; strangers never.
//
//   Recovery recovery(context);
//   Result<Recovered> recovered = recovery.Run();
//
// Threads: start-up only. Errors: kDamaged, kTooNew, kIo, kDiskFull.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "store/flusher.h"
#include "store/log/log_allocator.h"
#include "store/log/log_scanner.h"
#include "store/state/durable_state.h"
#include "store/state/topic_directory.h"

namespace oncelog::store {

struct RecoveryContext {
  FileSystem& fs;
  std::string directory;  // of the partition
  uint64_t store_seed;
  const HashKey& key;
  size_t table_entries_max;
  ManifestKeeper& manifest;
  LogAllocator& allocator;
  DurableState& state;
  TopicDirectory& topics;
  DedupIndex& index;
  Flusher& flusher;
  BlockCache& cache;  // of the segments
};

struct Recovered {
  std::shared_ptr<LogFile> active;
  LogPoint next;  // where the writer goes on
  UnixMs last_received_at;
  std::optional<FlushInput> pending_flush;  // of a table that was full during replay
  uint64_t replayed_events = 0;
  uint64_t bytes_since_freeze = 0;  // of log that no frozen table covers
  bool clean_stop = false;
  std::string torn_file;
  uint64_t torn_bytes = 0;
};

class Recovery {
 public:
  explicit Recovery(RecoveryContext context) : c_(std::move(context)) {}

  Result<Recovered> Run();

 private:
  // A frame that was read but has no proof of durability yet.
  struct Pending {
    FrameHeader header;
    std::string payload;
    uint64_t offset = 0;
    std::shared_ptr<LogFile> file;
  };
  struct OpenFile {
    std::shared_ptr<LogFile> file;
    Position first_position;
  };

  // recovery_segments.cc: what comes before all log files
  Status OpenSegments();
  Status CheckFollowsSegments(const LogFile& file);

  // recovery.cc: reading the log in order
  Status RestoreCheckpoint();
  Status ReadLogs();
  Status ReadClosed(const LogFileInfo& info);
  Status ReadOpen(const OpenFile& open);
  Status ReadFrames(LogScanner* scan, const std::shared_ptr<LogFile>& file,
                    LogScanner::State state);
  Status TakeFrame(const LogScanner& scan, const std::shared_ptr<LogFile>& file);
  Status CheckGap(const LogFile& file, Position first_position) const;
  Status CheckLink(const LogScanner& scan, const LogFile& file) const;
  Status SettlePending();
  Status Fold(const FrameHeader& header, std::string_view payload,
              const std::shared_ptr<LogFile>& file, uint64_t offset);
  Status FoldIntoWriter(const FrameHeader& header, std::string_view payload);
  Status EnsureTableRoom(const LogPoint& cover);
  void List(const std::shared_ptr<LogFile>& file, Position first_position);

  // recovery_end.cc: deciding where the log ends, and going on behind it
  Status CheckEnd();
  Status CheckSpares();
  Status CheckCopies();
  Status CheckLength(const LogFile& file, uint64_t offset) const;
  Result<uint64_t> LeastLength(const LogFile& file, uint64_t offset) const;
  Status SaveTorn(LogFile& file, uint64_t offset);
  Status Continue();
  Status ContinueInPlace();
  Status StartFreshFile();
  Result<std::shared_ptr<LogFile>> TakeFreshFile();
  Status DropSpares();
  Status FreeSpace();
  Status RewritePending(LogFile& file, LogPoint* next);
  Status ListFiles(const LogPoint& next);

  // recovery_strays.cc: files of our naming that MANIFEST does not list
  Status CheckStrays();
  Result<Position> EndOfFile(uint64_t id) const;
  Result<Position> EndOfListed() const;
  void RemoveLeftovers();
  [[nodiscard]] bool IsLeftover(const Manifest& now, std::string_view kind, uint64_t id);
  bool HoldsOnlyZeros(const std::string& path);

  [[nodiscard]] Error Damage(const LogFile& file, uint64_t offset, const std::string& what) const;
  [[nodiscard]] std::string UnreadableFiles() const;

  RecoveryContext c_;
  Manifest manifest_;           // as it was found
  bool manifest_stays_ = true;  // the one on the disk now, through a power loss
  Recovered out_;

  Position closed_end_;            // of the segments and the closed log files read so far
  uint64_t segments_link_ = 0;     // which the first frame behind the segments has to carry
  bool follows_segments_ = false;  // that frame has been looked at
  LogPoint read_;                  // behind the last frame read, pending or not
  LogPoint proven_;                // behind the last frame that is known to be durable
  std::optional<Pending> pending_;
  std::shared_ptr<LogFile> tail_;  // the open file in which the log ends
  std::optional<LogScanner> tail_scan_;
  LogScanner::State tail_state_ = LogScanner::State::kEnd;
  std::vector<LogFileInfo> closings_;             // open files behind which the log goes on
  std::vector<std::shared_ptr<LogFile>> spares_;  // open files that hold nothing of the log
  std::vector<std::shared_ptr<LogFile>> copies_;  // ... that hold a copy of its last frame
  std::vector<event::IndexEntry> entries_;        // reused
};

}  // namespace oncelog::store
