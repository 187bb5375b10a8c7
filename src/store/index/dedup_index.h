// DedupIndex: which identities are stored, with the sequence and content hash of each. A memory
// table takes the new ones; when it is full it is frozen, written as a sorted run with a filter,
// and runs are merged in tiers. Everything here is derived from the log and can be rebuilt.
//
//   Status s = index.Find(fingerprints, found);      // found[i].sequence() == 0: not there
//   index.Insert(entries);                           // the single writer, after its verdicts
//   if (index.active_entries() >= limit && !index.has_frozen()) index.Freeze();
//   ...on the flush thread, once the log is durable up to where Freeze was called:
//   Result<RunPointer> run = index.WriteFrozen(id);  // written, synced, open; not yet in use
//   ...MANIFEST lists it...
//   index.InstallFrozen(*run);                       // lookups use the run, the table goes
//   ...on the merge thread:
//   if (auto plan = index.PickMerge()) { ... WriteMerge, MANIFEST, InstallMerge ... }
//
// Threads: Insert and Freeze from one writer thread. Find from any thread, at any time, and it may
// run beside Insert; one call sees one state of the run list. WriteFrozen/InstallFrozen from one
// flush thread, PickMerge/WriteMerge/InstallMerge from one merge thread; both beside everything.
// The two Install calls cannot fail, for MANIFEST lists the run by then; they wait for lookups
// under way, so that never a lookup has to free what they replace.
// Ownership: the index owns its tables and open runs. A run replaced by a merge stays readable for
// calls under way and its file is removed when the last of them ends.
// Errors: kDamaged when a page, filter or header does not carry its checksum (names file, offset);
// kDiskFull and kIo from writing (the partial file is removed).
// Units: entries.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "event/identity.h"
#include "store/fs/file_system.h"

namespace oncelog::store {

// A run as the MANIFEST lists it.
struct RunInfo {
  uint64_t id = 0;  // its file is idx/<id>.run
  uint64_t entries = 0;
  uint64_t bytes = 0;  // of the file
  auto operator<=>(const RunInfo&) const = default;
};

struct IndexOptions {
  size_t table_entries_max = size_t{1} << 20;  // of one memory table
  // What a table takes beyond that, so that a group under way finds room. A store's frames are
  // bounded by it, so it stays what it was when the store was made; tests make it small.
  size_t group_entries_max = size_t{1} << 16;
  int tier_runs = 4;           // so many runs of one size class are merged into one
  uint64_t checksum_seed = 0;  // the store's
};

struct IndexFigures {
  uint64_t entries = 0;        // in tables and runs
  uint64_t table_entries = 0;  // in the active and the frozen table
  uint64_t runs = 0;
  uint64_t run_bytes = 0;     // on disk
  uint64_t filter_bytes = 0;  // filters and fences in memory
};

// Which runs (by id, neighbours in age) a merge replaces.
struct MergePlan {
  std::vector<uint64_t> inputs;
  uint64_t entries = 0;
  int tier = 0;
};

class Run;
using RunPointer = std::shared_ptr<const Run>;

class DedupIndex {
 public:
  // `runs` newest first, as the MANIFEST lists them. Headers, fences and filters are read and
  // verified; entry pages are verified when they are first used.
  static Result<std::unique_ptr<DedupIndex>> Open(FileSystem& fs, const std::string& directory,
                                                  const std::vector<RunInfo>& runs,
                                                  const IndexOptions& options);
  ~DedupIndex();

  Status Find(std::span<const event::Fingerprint> ids, std::span<event::IndexEntry> found) const;
  // None of them may be there yet. Room for them must be left: check active_entries() first; a
  // table takes table_entries_max + one group of at most group_entries_max.
  void Insert(std::span<const event::IndexEntry> entries);

  [[nodiscard]] size_t active_entries() const;  // writer thread
  [[nodiscard]] bool has_frozen() const;        // any thread
  void Freeze();

  // Null if the frozen table is empty: then there is no file, and null is what is installed.
  Result<RunPointer> WriteFrozen(uint64_t run_id);
  void InstallFrozen(RunPointer run);

  [[nodiscard]] std::optional<MergePlan> PickMerge() const;
  // `pace(bytes)` is called after every so many bytes written: it may sleep to limit the rate, and
  // answers false to give the merge up (kBusy). The file is synced before this returns.
  Result<RunPointer> WriteMerge(const MergePlan& plan, uint64_t run_id,
                                const std::function<bool(size_t bytes)>& pace);
  void InstallMerge(const MergePlan& plan, RunPointer run);

  [[nodiscard]] std::vector<RunInfo> runs() const;  // newest first
  [[nodiscard]] IndexFigures figures() const;

 private:
  class Impl;
  explicit DedupIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace oncelog::store
