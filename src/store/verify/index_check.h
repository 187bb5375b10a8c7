// IndexCheck: reads every page of every run, and compares what they hold with the log.
//
//   IndexCheck check({fs, "data/p0000", seed, key}, &findings, progress);
//   check.Read(manifest.runs, from_log, tail);        // damage, identities held twice
//   if (check.differs()) { ...walk the log again... check.Event(entry, topic name); check.Tell(); }
//
// Threads: one. Memory: a buffer a run, filters and fences of all runs (2 bytes an entry), and of
// the parts that differ at most kLookedIntoMax entries.
// Errors: all that is wrong is told to the findings.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "store/fs/file_system.h"
#include "store/index/dedup_index.h"
#include "store/verify/finding.h"
#include "store/verify/index_tally.h"

namespace oncelog::store {

struct IndexCheckContext {
  FileSystem& fs;
  std::string directory;  // of the partition
  uint64_t store_seed;
  const HashKey& key;
};

class IndexCheck {
 public:
  static constexpr uint64_t kLookedIntoMax = 4'000'000;  // 32 bytes each

  IndexCheck(IndexCheckContext context, Findings* findings,
             std::function<void(uint64_t bytes)> progress);
  ~IndexCheck();

  // `tail`: the entries of events behind the cover, which no run may hold.
  void Read(const std::vector<RunInfo>& runs, const IndexTally& from_log,
            std::vector<event::IndexEntry> tail);
  [[nodiscard]] uint64_t entries() const { return entries_; }
  [[nodiscard]] uint64_t bytes() const { return bytes_; }
  [[nodiscard]] size_t files() const { return files_; }

  // Whether events are to be compared one by one; then each event of the log before the cover.
  [[nodiscard]] bool differs() const { return !parts_.empty(); }
  void Event(const event::IndexEntry& entry, const std::string& topic);
  // Tells what Event found. `log_is_whole`: else entries without an event are no news.
  void Tell(bool log_is_whole);

 private:
  struct Source;
  struct Held {
    event::IndexEntry entry;
    uint32_t source = 0;
    bool has_event = false;
  };
  struct Missing {
    uint64_t first = 0, last = 0, events = 0;
  };

  void Open(const RunInfo& info);
  void ReadPart(uint32_t part, std::vector<Held>* held);
  void Take(Source& source, uint32_t number, uint32_t part, std::vector<Held>* held);
  void CheckLookups(Source& source);
  void TellTwice(const Held& first, const Held& second);
  [[nodiscard]] std::string PathOf(uint32_t source) const;

  IndexCheckContext c_;
  Findings& findings_;
  const std::function<void(uint64_t)> progress_;
  std::vector<std::unique_ptr<Source>> sources_;
  bool all_open_ = true;
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
  size_t files_ = 0;

  std::vector<bool> parts_;  // that differ and are looked into; empty: none differ
  std::vector<Held> held_;   // what the runs hold in them, sorted
  std::map<std::string, Missing> missing_;
};

}  // namespace oncelog::store
