// MANIFEST: which files are live, and up to which position index runs and checkpoint are exactly
// the fold of the log (the cover). Replaced atomically; whatever it does not list is not part of
// the store.
//
//   ManifestKeeper keeper(fs, "data/p0000", store_seed, loaded);
//   Status s = keeper.Edit([&](Manifest& m) { m.runs.insert(m.runs.begin(), run); });
//
// Threads: Manifest is a value. ManifestKeeper: Edit and Current from any thread; edits are one
// after the other, and each is durable when Edit returns ok.
// Errors: after a failed Edit the old manifest stays in force, in memory and on disk (the new one
// may have reached the disk too, so files either version lists must be kept).
//
// Every range of positions has exactly one owner: segments hold the log from its beginning up to
// the end of the last one, log files hold what comes behind.
//
// Layout: magic "OLMANIF\n", u32 version (2; 1 had no segments and is read still), u32 body bytes,
// u64 checksum of the body seeded with the store, body: see EncodeManifest.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/numbers.h"
#include "base/result.h"
#include "store/fs/file_system.h"
#include "store/index/dedup_index.h"
#include "store/layout.h"
#include "store/segment/segment_writer.h"

namespace oncelog::store {

// A place between two frames.
struct LogPoint {
  Position position;  // of the next record
  uint64_t file_id = 0;
  uint64_t offset = 0;  // of the next frame in that file
  uint64_t link = 0;    // header checksum of the frame before
  bool operator==(const LogPoint&) const = default;
};

// A log file. Files hold the log one after the other, in the order in which they are listed.
struct LogFileInfo {
  uint64_t id = 0;              // its file is log/<id>.log
  uint64_t capacity_bytes = 0;  // as it was allocated, all zeros
  bool closed = false;          // no frame will be added: the three below hold
  Position first_position;
  Position end_position;
  uint64_t end_offset = 0;  // what stands behind it in the file does not count
  bool operator==(const LogFileInfo&) const = default;
};

struct Manifest {
  uint64_t next_file_id = 1;   // for files of every kind
  LogPoint cover;              // runs and checkpoint hold exactly what comes before
  LogPoint known_durable;      // the log is known to be durable up to here, at least
  bool clean_stop = false;     // nothing was written behind known_durable
  uint64_t checkpoint_id = 0;  // state/<id>.ckpt; 0: none yet
  std::vector<LogFileInfo> logs;
  std::vector<RunInfo> runs;          // newest first
  std::vector<SegmentInfo> segments;  // in order of position, from 0 on and without gaps
  // Log files whose records a segment holds by now. They are no part of the store, but their bytes
  // may still be there, for readers or because of a crash.
  std::vector<uint64_t> sealed_logs;
  bool operator==(const Manifest&) const = default;
};

std::string EncodeManifest(const Manifest& manifest, uint64_t store_seed);
Result<Manifest> DecodeManifest(std::string_view bytes, uint64_t store_seed, std::string_view name);

// Up to where segments own the log.
Position SegmentsEnd(const Manifest& manifest);
// The closed log files, one behind the other.
std::vector<LogFileInfo> ClosedLogs(const Manifest& manifest);

class ManifestKeeper {
 public:
  ManifestKeeper(FileSystem& fs, std::string directory, uint64_t store_seed, Manifest loaded);

  Status Edit(const std::function<void(Manifest&)>& change);
  [[nodiscard]] Manifest Current() const;
  // A number no file of this partition has had. Numbers handed out before a crash may be handed
  // out again: files that no manifest lists are replaced.
  uint64_t NewFileId();

 private:
  FileSystem& fs_;
  const std::string directory_;
  const uint64_t store_seed_;
  mutable std::mutex mutex_;
  Manifest manifest_;
};

// What went wrong with a file that MANIFEST lists: that it is not there is damage.
Error OfListedFile(const Error& error);
// The same for an index run or a checkpoint, missing or damaged: it can be made again.
Error OfDerivedFile(const Error& error, const std::string& partition_directory);

}  // namespace oncelog::store
