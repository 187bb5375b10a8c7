// RunCursor: reads a whole run front to back, each page verified, without the mapping: large reads
// that the kernel can foresee, and no page of the file pushed out of the cache by being mapped.
//
//   RunCursor cursor(run);
//   for (;;) {
//     Result<bool> more = cursor.NextPage();
//     if (!more.ok()) return more.error();
//     if (!*more) break;
//     while (cursor.HasEntry()) { Use(cursor.entry()); cursor.Skip(); }
//   }
//
// Threads: one. Ownership: keeps the run open. Errors: kDamaged, kIo. Units: entries.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "event/identity.h"
#include "store/index/run.h"

namespace oncelog::store {

class RunCursor {
 public:
  explicit RunCursor(std::shared_ptr<const Run> run);

  // False behind the last page.
  Result<bool> NextPage();
  // Behind a page that was damaged: NextPage goes on with the one after it.
  void SkipPage() { ++next_page_; }

  // Within the page.
  [[nodiscard]] bool HasEntry() const { return place_ < entries_; }
  [[nodiscard]] event::IndexEntry entry() const { return LoadEntry(page_bytes_, place_); }
  void Skip() { ++place_; }

  [[nodiscard]] const Run& run() const { return *run_; }

 private:
  Status FillBuffer();

  std::shared_ptr<const Run> run_;
  std::vector<char> buffer_;
  uint64_t buffer_page_ = 0;  // the first page in it
  uint64_t buffer_pages_ = 0;
  uint64_t next_page_ = 0;
  const char* page_bytes_ = nullptr;
  uint64_t place_ = 0;
  uint64_t entries_ = 0;  // in the page
};

}  // namespace oncelog::store
