#include "store/index/merge.h"

#include <algorithm>

#include "store/index/entry_order.h"
#include "store/index/run_cursor.h"

namespace oncelog::store {
namespace {

using event::IndexEntry;

// floor(log_tier_runs(entries / table_entries_max)), and 0 below one table.
int TierOf(uint64_t entries, const IndexOptions& options) {
  const auto factor = static_cast<uint64_t>(options.tier_runs);
  int tier = 0;
  for (uint64_t tables = entries / options.table_entries_max; tables >= factor; tables /= factor) {
    ++tier;
  }
  return tier;
}

// One input, standing at its next entry.
struct Head {
  unsigned __int128 key = 0;  // its first two words: sorts by fingerprint
  RunCursor* cursor = nullptr;
};

unsigned __int128 KeyOf(const IndexEntry& entry) {
  return static_cast<unsigned __int128>(entry.word0) << 64 | entry.word1;
}

// False if the run has no further entry.
Result<bool> Settle(Head& head) {
  if (!head.cursor->HasEntry()) {
    Result<bool> more = head.cursor->NextPage();
    if (!more.ok() || !*more) return more;
  }
  head.key = KeyOf(head.cursor->entry());
  return true;
}

// The head with the smallest key. A handful of them: looking at all beats any tree.
Head& Lowest(std::vector<Head>& heads) {
  size_t lowest = 0;
  unsigned __int128 key = heads[0].key;
  for (size_t i = 1; i < heads.size(); ++i) {
    const bool lower = heads[i].key < key;
    lowest = lower ? i : lowest;
    key = lower ? heads[i].key : key;
  }
  return heads[lowest];
}

}  // namespace

std::optional<MergePlan> PickMergeOf(std::span<const RunInfo> runs, const IndexOptions& options) {
  const auto wanted = static_cast<size_t>(options.tier_runs);
  std::vector<int> tiers;  // newest first, never falling
  for (const RunInfo& run : runs) {
    const int tier = TierOf(run.entries, options);
    tiers.push_back(tiers.empty() ? tier : std::max(tier, tiers.back()));
  }
  for (size_t begin = 0; begin < runs.size();) {
    const auto end = static_cast<size_t>(
        std::upper_bound(tiers.begin(), tiers.end(), tiers[begin]) - tiers.begin());
    if (end - begin >= wanted) {
      MergePlan plan{.tier = tiers[begin]};
      for (size_t i = end - wanted; i < end; ++i) {
        plan.inputs.push_back(runs[i].id);
        plan.entries += runs[i].entries;
      }
      return plan;
    }
    begin = end;
  }
  return std::nullopt;
}

Status MergeRuns(std::span<const std::shared_ptr<const Run>> inputs, RunWriter& writer) {
  std::vector<RunCursor> cursors(inputs.begin(), inputs.end());
  std::vector<Head> heads;
  for (RunCursor& cursor : cursors) {
    Head head{.cursor = &cursor};
    Result<bool> more = Settle(head);
    if (!more.ok()) return more.error();
    if (*more) heads.push_back(head);
  }
  IndexEntry last;
  const Run* last_run = nullptr;
  while (!heads.empty()) {
    Head& head = Lowest(heads);
    const IndexEntry entry = head.cursor->entry();
    const Run& run = head.cursor->run();
    if (last_run != nullptr && !EntryBefore(last, entry)) [[unlikely]] {
      return Error(Code::kDamaged,
                   "an identity is stored twice, in " + last_run->path() + " and in " + run.path());
    }
    if (Status s = writer.Add(entry); !s.ok()) return s;
    last = entry;
    last_run = &run;
    head.cursor->Skip();
    Result<bool> more = Settle(head);
    if (!more.ok()) return more.error();
    if (!*more) {
      head = heads.back();
      heads.pop_back();
    }
  }
  return OkStatus();
}

}  // namespace oncelog::store
