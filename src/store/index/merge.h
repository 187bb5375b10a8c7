// Merging runs: which ones, and how.
//
//   std::optional<MergePlan> plan = PickMergeOf(runs, options);
//   Status s = MergeRuns(inputs, writer);
//
// Threads: one. Errors: kDamaged names the file, or both files if an identity is in two of them.
// Cost: about 40 ns of CPU an entry. Units: entries.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "store/index/dedup_index.h"
#include "store/index/run.h"
#include "store/index/run_writer.h"

namespace oncelog::store {

// The neighbours that are to become one run: tier_runs of the same tier, of the lowest tier that
// has so many, its oldest ones. `runs` newest first. The tier of a run grows with its size by a
// factor of tier_runs, and is never below that of a newer run, so that a small old run between
// large ones is not left behind: if nothing is picked, each tier has fewer than tier_runs runs.
std::optional<MergePlan> PickMergeOf(std::span<const RunInfo> runs, const IndexOptions& options);

// Adds all entries of `inputs`, each page of them verified, to the writer, which was made for so
// many. It does not finish it.
Status MergeRuns(std::span<const std::shared_ptr<const Run>> inputs, RunWriter& writer);

}  // namespace oncelog::store
