// Run: one open run: its entries mapped, its fences and filter in memory.
//
//   Result<std::shared_ptr<const Run>> run = Run::Open(fs, directory, info, checksum_seed);
//   if (Status s = (*run)->Find(batch); !s.ok()) return s;
//
// Threads: any number at once. Ownership: owns the open file; `fs` must live longer.
// Errors: kDamaged names file and offset: from Open for header, fences, filter and sizes, from Find
// for an entry page, which is verified when it is used first. kTooNew from Open. kIo; once the disk
// has failed under the mapping, pages are read by system calls, and only those that cannot be read
// yield it.
// Cost: a filter probe (one cache line) for each id that is not there; a page of the file more for
// each that is. Pages that are not in the page cache come one by one, without their neighbours, and
// those of a batch together once some were missing. Units: entries, bytes.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/fs/file_system.h"
#include "store/index/dedup_index.h"
#include "store/index/filter.h"
#include "store/index/lookup_batch.h"
#include "store/index/run_file.h"

namespace oncelog::store {

class Run {
 public:
  static Result<std::shared_ptr<const Run>> Open(FileSystem& fs, const std::string& directory,
                                                 const RunInfo& info, uint64_t checksum_seed);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  [[nodiscard]] RunInfo info() const { return {header_.id, header_.entries, header_.file_bytes()}; }
  [[nodiscard]] uint64_t memory_bytes() const;  // of fences and filter
  [[nodiscard]] const std::string& path() const { return file_->path(); }

  Status Find(LookupBatch& batch) const;

  // Its file goes when the last who uses it is done: a merge has replaced it.
  void RemoveWhenDropped() const { remove_when_dropped_.store(true, std::memory_order_relaxed); }

  // For those who read all of it (RunCursor).
  [[nodiscard]] const RunHeader& header() const { return header_; }
  [[nodiscard]] File& file() const { return *file_; }
  // Ok, or kDamaged with file and offset. `bytes` is that page, however it was read.
  [[nodiscard]] Status VerifyPage(uint64_t page, std::string_view bytes) const;

 private:
  Run(FileSystem& fs, const RunHeader& header, uint64_t seed, std::unique_ptr<File> file);
  Status Load(const RunInfo& info);
  Status LoadPart(uint64_t offset, std::span<char> to, uint64_t checksum, const char* what);
  [[nodiscard]] Error Damaged(uint64_t offset, const std::string& what) const;

  [[nodiscard]] const char* PageAt(uint64_t page) const {
    return entries_.data() + page * kRunPageBytes;
  }
  [[nodiscard]] uint64_t PagesNotAbove(uint64_t word0) const;
  [[nodiscard]] uint64_t Guess(uint64_t page, uint64_t word0) const;
  Status EnsureVerified(uint64_t page) const;
  // The ids that may be there, as places in the batch, and for each how many pages to look behind.
  struct Candidates {
    std::array<uint16_t, LookupBatch::kIdsMax> places;
    std::array<uint64_t, LookupBatch::kIdsMax> pages;
    size_t count = 0;
  };
  void Choose(const LookupBatch& batch, Candidates* candidates) const;
  Status FindMapped(const Candidates& candidates, LookupBatch& batch) const;
  void Prefetch(const Candidates& candidates) const;
  Status FindAll(const Candidates& candidates, LookupBatch& batch) const;
  Status FindFrom(uint64_t page, const event::Fingerprint& id, event::IndexEntry& found) const;
  // The same without the mapping.
  Status ReadAll(const Candidates& candidates, LookupBatch& batch) const;
  Status ReadFrom(uint64_t page, const event::Fingerprint& id, event::IndexEntry& found) const;
  [[nodiscard]] bool BeginsBefore(uint64_t page, const event::Fingerprint& id) const;
  [[nodiscard]] bool FindInPage(uint64_t page, const char* bytes, const event::Fingerprint& id,
                                event::IndexEntry& found) const;
  Status ReadPage(uint64_t page, char* copy) const;

  FileSystem& fs_;
  RunHeader header_;
  uint64_t seed_;
  std::unique_ptr<File> file_;
  std::unique_ptr<Mapping> mapping_;
  std::string_view entries_;      // the mapped entry pages
  std::vector<uint64_t> fences_;  // first word of each page
  Filter filter_;
  mutable std::vector<std::atomic<uint64_t>> verified_;  // a bit a page
  // Of the lookups to come, how many ask for their pages beforehand.
  mutable std::atomic<uint32_t> cold_lookups_ = 0;
  mutable std::atomic<bool> remove_when_dropped_ = false;
};

}  // namespace oncelog::store
