// Maintenance: what happens behind the commits, on two threads of low priority. The housekeeper
// prepares the next log file, flushes frozen index tables and writes topic indexes of closed log
// files; the merger merges index runs at a limited rate, so that no commit waits for it.
//
//   maintenance.Start();
//   maintenance.Flush(std::move(input));     // once per frozen table
//   maintenance.WantSpare();                 // the active log file is filling up
//
// Threads: all calls from any thread. `Stop` joins; a flush that is due is left to the next start.
// Errors: a full disk is waited out (disk_full() says so); anything else is told through `alarm`
// and tried again, but for damage in the index, which ends merging until the next start. failure()
// keeps the last one until it works; of the housekeeper's, which a flush has to wait for,
// housekeeping_failure().
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "store/flusher.h"
#include "store/log/log_allocator.h"
#include "store/rate_limit.h"
#include "store/state/durable_state.h"

namespace oncelog::store {

struct MaintenanceOptions {
  uint64_t merge_bytes_per_second = uint64_t{256} << 20;
  std::function<void(const std::string&)> alarm;  // a line for the log; any thread
  std::function<void()> flushed;                  // a frozen table has become a run
  std::function<void()> closed;                   // MANIFEST lists another log file as closed
};

class Maintenance {
 public:
  Maintenance(FileSystem& fs, std::string directory, uint64_t store_seed, DurableState& state,
              DedupIndex& index, ManifestKeeper& manifest, LogAllocator& allocator,
              Flusher& flusher, MaintenanceOptions options);
  ~Maintenance();

  void Start();
  void Stop();

  void Flush(FlushInput input);
  void WantSpare();
  void CloseFiles();  // the writer has gone on to another log file

  [[nodiscard]] bool disk_full() const;
  [[nodiscard]] std::optional<Error> failure() const;
  [[nodiscard]] std::optional<Error> housekeeping_failure() const;

 private:
  void Housekeep();
  void TellFlushed();
  void RunTask(const char* name, const std::function<Status()>& task, bool* again);
  void Tell(const Error& error, std::optional<Error>* failure);  // one of those below
  Status CloseOldFiles();
  Status CloseOldFile(const DurableState::ClosableFile& closable);
  void Merge();
  Status MergeOnce(bool* merged);
  bool Pace(size_t bytes);  // the merger's

  FileSystem& fs_;
  const std::string directory_;
  const uint64_t store_seed_;
  DurableState& state_;
  DedupIndex& index_;
  ManifestKeeper& manifest_;
  LogAllocator& allocator_;
  Flusher& flusher_;
  const MaintenanceOptions options_;
  RateLimit merge_limit_;  // the merger's

  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::optional<FlushInput> flush_;
  bool want_spare_ = false;
  bool close_files_ = false;
  bool merge_due_ = false;
  bool stopping_ = false;
  bool disk_full_ = false;
  std::optional<Error> housekeeping_failure_;
  std::optional<Error> merge_failure_;

  std::thread housekeeper_;
  std::thread merger_;
};

}  // namespace oncelog::store
