#include "store/index/dedup_index.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "base/out_of_memory.h"
#include "store/index/mem_table.h"
#include "store/index/merge.h"
#include "store/index/run.h"
#include "store/index/run_writer.h"

namespace oncelog::store {
namespace {

using event::Fingerprint;
using event::IndexEntry;

// What a lookup goes through, newest first. Never changed once it is shared, but for the entries of
// the active table.
struct Parts {
  std::shared_ptr<MemTable> active;
  std::shared_ptr<MemTable> frozen;  // or null
  std::vector<RunPointer> runs;
};

std::vector<RunInfo> InfosOf(const std::vector<RunPointer>& runs) {
  std::vector<RunInfo> infos;
  infos.reserve(runs.size());
  for (const RunPointer& run : runs) infos.push_back(run->info());
  return infos;
}

}  // namespace

class DedupIndex::Impl {
 public:
  Impl(FileSystem& fs, std::string directory, const IndexOptions& options)
      : fs_(fs), directory_(std::move(directory)), options_(options) {
    Check(options.table_entries_max > 0 && options.tier_runs >= 2, "index options make sense");
  }

  Status Load(const std::vector<RunInfo>& infos) {
    Parts parts{.active = NewTable()};
    for (const RunInfo& info : infos) {
      Result<RunPointer> run = OpenRun(info);
      if (!run.ok()) return run.error();
      parts.runs.push_back(run.Take());
    }
    parts_ = std::make_shared<const Parts>(std::move(parts));
    return OkStatus();
  }

  [[nodiscard]] std::shared_ptr<const Parts> parts() const {
    const std::shared_lock lock(mutex_);
    return parts_;
  }
  [[nodiscard]] const IndexOptions& options() const { return options_; }

  Status Find(std::span<const Fingerprint> ids, std::span<IndexEntry> found) const {
    const std::shared_ptr<const Parts> parts = this->parts();
    for (size_t at = 0; at < ids.size(); at += LookupBatch::kIdsMax) {
      const size_t count = std::min(LookupBatch::kIdsMax, ids.size() - at);
      LookupBatch batch(ids.subspan(at, count), found.subspan(at, count));
      {
        const std::shared_lock lock(mutex_);
        parts->active->Find(batch);
      }
      if (parts->frozen != nullptr) parts->frozen->Find(batch);
      for (const RunPointer& run : parts->runs) {
        if (batch.missing() == 0) break;
        if (Status s = run->Find(batch); !s.ok()) return s;
      }
    }
    return OkStatus();
  }

  void Insert(std::span<const IndexEntry> entries) {
    const std::unique_lock lock(mutex_);
    parts_->active->Insert(entries);
  }

  void Freeze() {
    Change([this](Parts& parts) {
      Check(parts.frozen == nullptr, "one table is frozen at a time");
      std::shared_ptr<MemTable> table = std::exchange(spare_, nullptr);
      if (table == nullptr) table = NewTable();
      parts.frozen = std::exchange(parts.active, std::move(table));
    });
  }

  Result<RunPointer> WriteFrozen(uint64_t run_id) {
    const std::shared_ptr<const MemTable> table = parts()->frozen;
    Check(table != nullptr, "a table is frozen before it is written");
    if (table->size() == 0) return RunPointer();
    return Write(run_id, table->size(), nullptr, [&](RunWriter& writer) {
      return table->VisitSorted([&](const IndexEntry& entry) { return writer.Add(entry); });
    });
  }

  void InstallFrozen(RunPointer run) {
    std::shared_ptr<MemTable> table;
    Change([&](Parts& parts) {
      const uint64_t entries = run == nullptr ? 0 : run->info().entries;
      Check(parts.frozen != nullptr && parts.frozen->size() == entries,
            "the run that is installed was written from the frozen table");
      if (run != nullptr) parts.runs.insert(parts.runs.begin(), std::move(run));
      table = std::exchange(parts.frozen, nullptr);
    });
    WaitUntilUnused(table);
    table->Clear();
    const std::unique_lock lock(mutex_);  // let go of before the table is
    if (spare_ == nullptr) spare_ = std::move(table);
  }

  Result<RunPointer> WriteMerge(const MergePlan& plan, uint64_t run_id,
                                const RunWriter::Pace& pace) {
    std::vector<RunPointer> inputs = parts()->runs;
    const auto [begin, end] = RangeOf(plan, inputs);
    inputs.erase(inputs.begin() + end, inputs.end());
    inputs.erase(inputs.begin(), inputs.begin() + begin);
    uint64_t entries = 0;
    for (const RunPointer& run : inputs) entries += run->info().entries;
    return Write(run_id, entries, pace,
                 [&](RunWriter& writer) { return MergeRuns(inputs, writer); });
  }

  void InstallMerge(const MergePlan& plan, RunPointer run) {
    const uint64_t merged_entries = run->info().entries;
    std::vector<RunPointer> replaced;
    Change([&](Parts& parts) {
      const auto [begin, end] = RangeOf(plan, parts.runs);
      replaced.assign(parts.runs.begin() + begin, parts.runs.begin() + end);
      parts.runs.erase(parts.runs.begin() + begin + 1, parts.runs.begin() + end);
      parts.runs[static_cast<size_t>(begin)] = std::move(run);
    });
    uint64_t entries = 0;
    for (const RunPointer& input : replaced) entries += input->info().entries;
    Check(entries == merged_entries, "the run that is installed was merged from those it replaces");
    for (RunPointer& input : replaced) {
      input->RemoveWhenDropped();
      WaitUntilUnused(input);
      input.reset();
    }
  }

  [[nodiscard]] IndexFigures figures() const {
    const std::shared_lock lock(mutex_);
    IndexFigures figures;
    figures.table_entries = parts_->active->size();
    if (parts_->frozen != nullptr) figures.table_entries += parts_->frozen->size();
    figures.entries = figures.table_entries;
    for (const RunPointer& run : parts_->runs) {
      const RunInfo info = run->info();
      figures.entries += info.entries;
      figures.run_bytes += info.bytes;
      figures.filter_bytes += run->memory_bytes();
    }
    figures.runs = parts_->runs.size();
    return figures;
  }

 private:
  [[nodiscard]] std::shared_ptr<MemTable> NewTable() const {
    return std::make_shared<MemTable>(options_.table_entries_max + options_.group_entries_max);
  }
  [[nodiscard]] Result<RunPointer> OpenRun(const RunInfo& info) const {
    return Run::Open(fs_, directory_, info, options_.checksum_seed);
  }

  // Shares a changed copy of the parts.
  template <typename Edit>
  void Change(const Edit& edit) {
    std::shared_ptr<const Parts> old;  // dropped outside of the lock
    const std::unique_lock lock(mutex_);
    Parts changed = *parts_;
    edit(changed);
    old = std::exchange(parts_, std::make_shared<const Parts>(std::move(changed)));
  }

  // No new lookup comes to it any more, but one under way may hold it. Waited for on a background
  // thread: clearing a table's memory or removing a large file takes tens of milliseconds, which
  // the last lookup, and so perhaps a commit, would pay otherwise.
  template <typename T>
  static void WaitUntilUnused(const std::shared_ptr<T>& part) {
    while (part.use_count() > 1) std::this_thread::sleep_for(std::chrono::microseconds(100));
    // Asking for the count orders nothing; letting go of another share comes behind all that was
    // done before others let go of theirs.
    std::shared_ptr<T>(part).reset();
  }

  template <typename Fill>
  Result<RunPointer> Write(uint64_t run_id, uint64_t entries, const RunWriter::Pace& pace,
                           const Fill& fill) {
    for (const RunInfo& info : InfosOf(parts()->runs)) {
      Check(info.id != run_id, "a run is not written over one in use");
    }
    const RunTarget target{run_id, entries, options_.checksum_seed};
    Result<std::unique_ptr<RunWriter>> writer = RunWriter::Create(fs_, directory_, target, pace);
    if (!writer.ok()) return writer.error();
    if (Status s = fill(**writer); !s.ok()) return s.error();
    Result<RunInfo> info = (*writer)->Finish();
    if (!info.ok()) return info.error();
    Result<RunPointer> run = OrOutOfMemory([&] { return OpenRun(*info); });
    if (!run.ok()) (void)fs_.Remove(RunPath(directory_, run_id));
    return run;
  }

  // Where the inputs of the plan stand: neighbours, in the plan's order.
  static std::pair<ptrdiff_t, ptrdiff_t> RangeOf(const MergePlan& plan,
                                                 const std::vector<RunPointer>& runs) {
    const auto is_input = [](const RunPointer& run, uint64_t id) { return run->info().id == id; };
    const auto at =
        std::search(runs.begin(), runs.end(), plan.inputs.begin(), plan.inputs.end(), is_input);
    Check(at != runs.end() && !plan.inputs.empty(), "the runs of a merge plan are in use");
    const ptrdiff_t begin = at - runs.begin();
    return {begin, begin + static_cast<ptrdiff_t>(plan.inputs.size())};
  }

  FileSystem& fs_;
  const std::string directory_;
  const IndexOptions options_;
  // Held shared while the active table is read, alone while it is written or parts_ is exchanged;
  // in both cases for microseconds.
  mutable std::shared_mutex mutex_;
  std::shared_ptr<const Parts> parts_;
  // Empty, to become active: its memory is there already, and new pages cost a commit more than
  // their zeros cost here. Null until the first table was written, and while one is cleared: if the
  // active one is full again by then, there are three for a while.
  std::shared_ptr<MemTable> spare_;
};

Result<std::unique_ptr<DedupIndex>> DedupIndex::Open(FileSystem& fs, const std::string& directory,
                                                     const std::vector<RunInfo>& runs,
                                                     const IndexOptions& options) {
  auto impl = std::make_unique<Impl>(fs, directory, options);
  if (Status s = impl->Load(runs); !s.ok()) return s.error();
  return std::unique_ptr<DedupIndex>(new DedupIndex(std::move(impl)));
}

DedupIndex::DedupIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DedupIndex::~DedupIndex() = default;

Status DedupIndex::Find(std::span<const Fingerprint> ids, std::span<IndexEntry> found) const {
  Check(ids.size() == found.size(), "there is a place for each result");
  return impl_->Find(ids, found);
}

void DedupIndex::Insert(std::span<const IndexEntry> entries) { impl_->Insert(entries); }

size_t DedupIndex::active_entries() const { return impl_->parts()->active->size(); }
bool DedupIndex::has_frozen() const { return impl_->parts()->frozen != nullptr; }
void DedupIndex::Freeze() { impl_->Freeze(); }

Result<RunPointer> DedupIndex::WriteFrozen(uint64_t run_id) { return impl_->WriteFrozen(run_id); }
void DedupIndex::InstallFrozen(RunPointer run) { impl_->InstallFrozen(std::move(run)); }

std::optional<MergePlan> DedupIndex::PickMerge() const {
  return PickMergeOf(runs(), impl_->options());
}

Result<RunPointer> DedupIndex::WriteMerge(const MergePlan& plan, uint64_t run_id,
                                          const std::function<bool(size_t bytes)>& pace) {
  return impl_->WriteMerge(plan, run_id, pace);
}

void DedupIndex::InstallMerge(const MergePlan& plan, RunPointer run) {
  impl_->InstallMerge(plan, std::move(run));
}

std::vector<RunInfo> DedupIndex::runs() const { return InfosOf(impl_->parts()->runs); }

IndexFigures DedupIndex::figures() const { return impl_->figures(); }

}  // namespace oncelog::store
