// index: what the dedup index costs a submission: groups of 1,000, 20 % of them known, are looked
// up, the new ones inserted; full tables become runs and runs are merged, on real files.
// items_per_second are submissions; the time is that of looking up and inserting, the counters
// flush_ns and merge_ns the CPU of background work, for each submission.

#include <benchmark/benchmark.h>
#include <time.h>

#include <memory>
#include <optional>
#include <vector>

#include "base/check.h"
#include "bench/micro/scratch.h"
#include "store/index/dedup_index.h"

namespace oncelog::store {
namespace {

using event::ContentHash;
using event::Fingerprint;
using event::IndexEntry;
using micro::Must;

constexpr size_t kGroup = 1000;
constexpr uint64_t kKnownPercent = 20;

uint64_t Mix(uint64_t x) {  // splitmix64, Sebastiano Vigna
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

Fingerprint IdOf(uint64_t number) { return {Mix(number), Mix(~number) >> 24}; }

double ThreadNanos() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

class IndexLoad {
 public:
  explicit IndexLoad(uint64_t entries) {
    index_ = Must(DedupIndex::Open(PosixFileSystem(), scratch_.path(), {}, {}));
    while (next_ < entries) {
      Draw(0);
      Submit();
      MaintainIfDue();
    }
    flush_ns_ = merge_ns_ = 0;
  }

  // The next group: so many percent of it are known.
  void Draw(uint64_t known_percent) {
    ids_.resize(kGroup);
    found_.resize(kGroup);
    past_ = next_;
    known_ = 0;
    for (Fingerprint& id : ids_) {
      const uint64_t dice = Mix(draws_++);
      const bool known = past_ > 0 && dice % 100 < known_percent;
      known_ += known ? 1 : 0;
      id = IdOf(known ? dice / 100 % past_ : next_++);
    }
  }

  void Submit() {
    Must(index_->Find(ids_, found_));
    fresh_.clear();
    for (size_t i = 0; i < kGroup; ++i) {
      if (found_[i].sequence().value != 0) continue;
      fresh_.push_back(IndexEntry::Make(ids_[i], Sequence{past_ + 1 + i}, ContentHash{i}));
    }
    index_->Insert(fresh_);
    Check(fresh_.size() == kGroup - known_, "just what is known is found");
  }

  [[nodiscard]] bool MaintenanceDue() const {
    return index_->active_entries() >= IndexOptions{}.table_entries_max;
  }

  void MaintainIfDue() {
    if (!MaintenanceDue()) return;
    index_->Freeze();
    const double begin = ThreadNanos();
    index_->InstallFrozen(Must(index_->WriteFrozen(++run_id_)));
    const double flushed = ThreadNanos();
    while (std::optional<MergePlan> plan = index_->PickMerge()) {
      const auto pace = [](size_t) { return true; };
      index_->InstallMerge(*plan, Must(index_->WriteMerge(*plan, ++run_id_, pace)));
    }
    flush_ns_ += flushed - begin;
    merge_ns_ += ThreadNanos() - flushed;
  }

  [[nodiscard]] IndexFigures figures() const { return index_->figures(); }
  [[nodiscard]] double flush_ns() const { return flush_ns_; }
  [[nodiscard]] double merge_ns() const { return merge_ns_; }

 private:
  micro::Scratch scratch_;
  std::unique_ptr<DedupIndex> index_;
  std::vector<Fingerprint> ids_;
  std::vector<IndexEntry> found_, fresh_;
  uint64_t next_ = 0, past_ = 0, known_ = 0, draws_ = 0, run_id_ = 0;
  double flush_ns_ = 0, merge_ns_ = 0;
};

void Index(benchmark::State& state) {
  IndexLoad load(static_cast<uint64_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    load.MaintainIfDue();
    load.Draw(kKnownPercent);
    state.ResumeTiming();
    load.Submit();
  }
  const auto submissions = static_cast<double>(state.iterations()) * kGroup;
  const IndexFigures figures = load.figures();
  const auto entries = static_cast<double>(figures.entries);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kGroup));
  state.counters["flush_ns"] = load.flush_ns() / submissions;
  state.counters["merge_ns"] = load.merge_ns() / submissions;
  state.counters["runs"] = static_cast<double>(figures.runs);
  state.counters["disk_bytes_per_id"] = static_cast<double>(figures.run_bytes) / entries;
  state.counters["memory_bytes_per_id"] = static_cast<double>(figures.filter_bytes) / entries;
}
// The iterations are fixed so that each run starts from as many entries as it says.
BENCHMARK(Index)->ArgName("entries")->Arg(1'000'000)->Arg(10'000'000)->Iterations(3000);

}  // namespace
}  // namespace oncelog::store
