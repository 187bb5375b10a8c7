// Recovery: from what is on disk to a partition that may take events. It follows design.md's rules:
//
//  - The checkpoint and the runs are the fold up to the cover; what lies behind it is folded now.
//  - A frame is written only when the one before is durable, so a frame proves all before it. The
//    last frame has no such proof: it is written again into a fresh file and synced before anything
//    is answered. After an unclean stop the writer always goes on in a fresh file.
//  - A bad frame with anything valid behind it, or before the end MANIFEST knows to be durable, is
//    damage: the start is refused, naming file, offset and position. Only a bad frame at the very
//    end is cut, and its bytes are saved beside the log as <id>.torn.
//  - Files of our own naming that no manifest lists and that hold nothing of the truth are removed;
//    strangers never.
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
};

struct Recovered {
  std::shared_ptr<LogFile> active;
  LogPoint next;  // where the writer goes on
  UnixMs last_received_at;
  std::optional<FlushInput> pending_flush;  // of a table that was full during replay
  uint64_t replayed_events = 0;
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

  // recovery.cc: reading the log in order
  Status RestoreCheckpoint();
  Status ReadLogs();
  Status ReadClosed(const LogFileInfo& info);
  Status ReadOpen(const OpenFile& open);
  Status ReadFrames(LogScanner* scan, const std::shared_ptr<LogFile>& file,
                    LogScanner::State state);
  Status TakeFrame(const LogScanner& scan, const std::shared_ptr<LogFile>& file);
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
  Status SaveTorn(LogFile& file, uint64_t offset);
  Status Continue();
  Status ContinueInPlace();
  Status StartFreshFile();
  Result<std::shared_ptr<LogFile>> TakeFreshFile();
  Status DropSpares();
  Status FreeSpace();
  Status RewritePending(LogFile& file, LogPoint* next);
  Status ListFiles(const LogPoint& next);
  void RemoveLeftovers();
  bool HoldsOnlyZeros(const std::string& path);

  [[nodiscard]] Error Damage(const LogFile& file, uint64_t offset, const std::string& what) const;

  RecoveryContext c_;
  Manifest manifest_;  // as it was found
  Recovered out_;

  LogPoint read_;    // behind the last frame read, pending or not
  LogPoint proven_;  // behind the last frame that is known to be durable
  std::optional<Pending> pending_;
  std::shared_ptr<LogFile> tail_;  // the open file in which the log ends
  std::optional<LogScanner> tail_scan_;
  LogScanner::State tail_state_ = LogScanner::State::kEnd;
  std::vector<LogFileInfo> closings_;             // open files behind which the log goes on
  std::vector<std::shared_ptr<LogFile>> spares_;  // open files that hold nothing of the log
  std::vector<event::IndexEntry> entries_;        // reused
};

}  // namespace oncelog::store
