#include "store/maintenance.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/out_of_memory.h"
#include "base/thread_name.h"
#include "store/index/run.h"
#include "store/log/topic_index_file.h"
#include "store/low_priority.h"

namespace oncelog::store {
namespace {

constexpr std::chrono::seconds kRetryAfter{1};
constexpr uint64_t kMergeBytesPerEntry = 28;  // with its part of filter and fences
constexpr uint64_t kMergeSpareBytes = uint64_t{64} << 20;

}  // namespace

Maintenance::Maintenance(FileSystem& fs, std::string directory, uint64_t store_seed,
                         DurableState& state, DedupIndex& index, ManifestKeeper& manifest,
                         LogAllocator& allocator, Flusher& flusher, MaintenanceOptions options)
    : fs_(fs),
      directory_(std::move(directory)),
      store_seed_(store_seed),
      state_(state),
      index_(index),
      manifest_(manifest),
      allocator_(allocator),
      flusher_(flusher),
      options_(std::move(options)),
      merge_limit_(options_.merge_bytes_per_second) {}

Maintenance::~Maintenance() { Stop(); }

void Maintenance::Start() {
  close_files_ = true;  // recovery may have left some
  merge_due_ = true;
  housekeeper_ = std::thread([this] { Housekeep(); });
  merger_ = std::thread([this] { Merge(); });
}

void Maintenance::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  if (housekeeper_.joinable()) housekeeper_.join();
  if (merger_.joinable()) merger_.join();
}

void Maintenance::Flush(FlushInput input) {
  {
    const std::lock_guard lock(mutex_);
    Check(!flush_.has_value(), "one table is frozen at a time");
    flush_ = std::move(input);
  }
  work_.notify_all();
}

void Maintenance::WantSpare() {
  {
    const std::lock_guard lock(mutex_);
    if (want_spare_) return;
    want_spare_ = true;
  }
  work_.notify_all();
}

void Maintenance::CloseFiles() {
  {
    const std::lock_guard lock(mutex_);
    close_files_ = true;
  }
  work_.notify_all();
}

bool Maintenance::disk_full() const {
  const std::lock_guard lock(mutex_);
  return disk_full_;
}

std::optional<Error> Maintenance::failure() const {
  const std::lock_guard lock(mutex_);
  return housekeeping_failure_ ? housekeeping_failure_ : merge_failure_;
}

std::optional<Error> Maintenance::housekeeping_failure() const {
  const std::lock_guard lock(mutex_);
  return housekeeping_failure_;
}

void Maintenance::Housekeep() {
  NameThread("housekeeper");
  bool again = false;  // something failed and is to be tried again in a while
  std::optional<FlushInput> flush;
  for (;;) {
    bool spare = false;
    bool close = false;
    {
      std::unique_lock lock(mutex_);
      const auto due = [&] { return stopping_ || want_spare_ || close_files_ || flush_; };
      if (again) {
        work_.wait_for(lock, kRetryAfter, [this] { return stopping_; });
      } else {
        work_.wait(lock, due);
      }
      if (stopping_) return;
      spare = want_spare_;
      close = close_files_;
      if (flush_) flush = std::exchange(flush_, std::nullopt);
      close_files_ = false;
    }
    again = false;
    if (spare) {
      RunTask(
          "preparing a log file", [this] { return allocator_.PrepareSpare(); }, &again);
      const std::lock_guard lock(mutex_);
      want_spare_ = again;
    }
    if (flush) {
      bool failed = false;
      RunTask(
          "flushing the index", [&] { return flusher_.Flush(*flush); }, &failed);
      again |= failed;
      if (!failed) {
        flush.reset();
        TellFlushed();
      }
    }
    if (close) {
      bool failed = false;
      RunTask(
          "closing a log file", [this] { return CloseOldFiles(); }, &failed);
      again |= failed;
      if (failed) {
        const std::lock_guard lock(mutex_);
        close_files_ = true;
      }
    }
    if (!again) {
      const std::lock_guard lock(mutex_);
      disk_full_ = false;
      housekeeping_failure_.reset();
    }
  }
}

void Maintenance::TellFlushed() {
  {
    const std::lock_guard lock(mutex_);
    merge_due_ = true;
  }
  work_.notify_all();
  options_.flushed();
}

void Maintenance::RunTask(const char* name, const std::function<Status()>& task, bool* again) {
  const Status s = task();
  if (s.ok()) return;
  *again = true;
  Tell(s.error().Annotate(name), &housekeeping_failure_);
}

void Maintenance::Tell(const Error& error, std::optional<Error>* failure) {
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    const bool full = error.code() == Code::kDiskFull;
    news = full ? !disk_full_ : !failure->has_value();
    if (full) {
      disk_full_ = true;
    } else {
      *failure = error;
    }
  }
  if (news) options_.alarm(error.message());
}

Status Maintenance::CloseOldFiles() {
  for (const DurableState::ClosableFile& closable : state_.ClosableFiles()) {
    if (Status s = CloseOldFile(closable); !s.ok()) return s;
  }
  return OkStatus();
}

Status Maintenance::CloseOldFile(const DurableState::ClosableFile& closable) {
  const uint64_t id = closable.file->id;
  const std::string path = TopicIndexPath(directory_, id);
  Status s = OrOutOfMemory(
      [&] { return WriteTopicIndexFile(fs_, path, *closable.index, id, store_seed_); });
  if (!s.ok()) return s;
  Result<std::unique_ptr<TopicIndexFile>> index = TopicIndexFile::Open(fs_, path, id, store_seed_);
  if (!index.ok()) return index.error();
  s = manifest_.Edit([&](Manifest& m) {
    for (LogFileInfo& info : m.logs) {
      if (info.id != id || info.closed) continue;
      info.closed = true;
      info.first_position = closable.file->first_position;
      info.end_position = closable.end_position;
      info.end_offset = closable.end_offset;
    }
  });
  if (!s.ok()) return s;
  state_.SetClosedIndex(*closable.file, index.Take());
  options_.closed();
  return OkStatus();
}

void Maintenance::Merge() {
  NameThread("merger");
  LowerPriority();
  bool failed = false;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (failed) {
        work_.wait_for(lock, kRetryAfter, [this] { return stopping_; });
      } else {
        work_.wait(lock, [this] { return stopping_ || merge_due_; });
      }
      if (stopping_) return;
      merge_due_ = false;
    }
    bool merged = true;
    Status s = OkStatus();
    while (merged && s.ok()) {
      s = MergeOnce(&merged);
      if (!merged || !s.ok()) continue;
      const std::lock_guard lock(mutex_);
      merge_failure_.reset();
    }
    // kBusy: given up because of Stop. kDiskFull: waits for the next flush.
    failed = !s.ok() && s.error().code() != Code::kBusy && s.error().code() != Code::kDiskFull;
    if (failed) {
      Tell(s.error().Annotate("merging index runs"), &merge_failure_);
      if (s.error().code() == Code::kDamaged) return;  // will not mend itself; lookups say so too
    }
  }
}

Status Maintenance::MergeOnce(bool* merged) {
  *merged = false;
  const std::optional<MergePlan> plan = index_.PickMerge();
  if (!plan) return OkStatus();
  // A merge needs its output's space beside its inputs; it must not take what commits live on. It
  // is looked at again after the next flush.
  const Result<uint64_t> free = fs_.FreeBytes(directory_);
  if (!free.ok()) return free.error();
  if (*free < plan->entries * kMergeBytesPerEntry + kMergeSpareBytes) return OkStatus();
  Result<RunPointer> run = OrOutOfMemory([&] {
    return index_.WriteMerge(*plan, manifest_.NewFileId(),
                             [this](size_t bytes) { return Pace(bytes); });
  });
  if (!run.ok()) return run.error();
  Status s = manifest_.Edit([&](Manifest& m) {
    const auto is_input = [&](const RunInfo& info) {
      return std::find(plan->inputs.begin(), plan->inputs.end(), info.id) != plan->inputs.end();
    };
    const auto first = std::find_if(m.runs.begin(), m.runs.end(), is_input);
    Check(first != m.runs.end(), "the runs of a merge are listed");
    *first = (*run)->info();  // neighbours in age: the merged run takes their place
    m.runs.erase(std::remove_if(m.runs.begin(), m.runs.end(), is_input), m.runs.end());
  });
  if (!s.ok()) return s;
  index_.InstallMerge(*plan, run.Take());
  *merged = true;
  return OkStatus();
}

bool Maintenance::Pace(size_t bytes) {
  const auto until = merge_limit_.Take(std::chrono::steady_clock::now(), bytes);
  std::unique_lock lock(mutex_);
  return !work_.wait_until(lock, until, [this] { return stopping_; });
}

}  // namespace oncelog::store
