// The bytes of an index run: a sorted, immutable file of index entries with a filter.
//
// A run is made of 4 KiB pages; integers are little endian; every byte is covered by a checksum:
//
//   page 0             header
//   pages 1 … P        entries, 170 to a page, sorted by fingerprint; the last page may hold fewer
//   then F pages       fences: for each entry page the first 8 bytes of its first entry; zeros
//   then B pages       filter: blocks of 32 bytes (filter.h); zeros
//
// Header:                                   Entry page:
//      0   8  magic "ONCERUN\n"                  0  24  entry 0: three words (event/identity.h)
//      8   4  format version, 1                 24  24  entry 1 …
//     12   4  zero                                      … zeros where the last page has no entry
//     16   8  run id                          4080   8  zeros
//     24   8  entries                         4088   8  checksum of the 4088 bytes before
//     32   8  entry pages, P
//     40   8  filter blocks
//     48   8  bytes of the file
//     56  16  fingerprint of the first entry: high, low40 (zeros if there is none)
//     72  16  fingerprint of the last entry: high, low40 (zeros if there is none)
//     88   8  checksum of the F fence pages
//     96   8  checksum of the B filter pages
//    104      zeros
//   4088   8  checksum of the 4088 bytes before; its place and rule hold for all format versions
//
// Every checksum is Checksum64(bytes, run seed + offset of those bytes in the file), where the run
// seed is Checksum64(run id as 8 bytes, the store's checksum seed): pages of another store, another
// run or another place do not pass.
//
//   Result<RunHeader> header = DecodeRunHeader(page0, seed);
//   if (const char* problem = PageProblem(*header, seed, n, page, fences)) …
//
// Threads: pure functions. Errors: kDamaged, kTooNew.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "event/identity.h"

namespace oncelog::store {

inline constexpr uint64_t kRunPageBytes = 4096;
inline constexpr uint64_t kRunPageEntries = 170;
inline constexpr uint32_t kRunFormatVersion = 1;
inline constexpr uint64_t kRunEntriesMax = uint64_t{1} << 36;  // keeps all sums far from overflow

constexpr uint64_t ToFullPages(uint64_t bytes) {
  return (bytes + kRunPageBytes - 1) / kRunPageBytes * kRunPageBytes;
}

struct RunHeader {
  uint64_t id = 0;
  uint64_t entries = 0;
  uint64_t filter_blocks = 0;
  event::Fingerprint first, last;
  uint64_t fences_checksum = 0;
  uint64_t filter_checksum = 0;

  // What follows from these.
  [[nodiscard]] uint64_t pages() const { return (entries + kRunPageEntries - 1) / kRunPageEntries; }
  [[nodiscard]] static uint64_t PageOffset(uint64_t page) { return (1 + page) * kRunPageBytes; }
  [[nodiscard]] uint64_t fences_offset() const { return PageOffset(pages()); }
  [[nodiscard]] uint64_t fences_bytes() const { return ToFullPages(pages() * sizeof(uint64_t)); }
  [[nodiscard]] uint64_t filter_offset() const { return fences_offset() + fences_bytes(); }
  [[nodiscard]] uint64_t filter_bytes() const;
  [[nodiscard]] uint64_t file_bytes() const { return filter_offset() + filter_bytes(); }
  [[nodiscard]] uint64_t EntriesIn(uint64_t page) const {
    return page + 1 < pages() ? kRunPageEntries : entries - page * kRunPageEntries;
  }
};

std::string RunPath(const std::string& directory, uint64_t run_id);  // <directory>/<id>.run

uint64_t RunSeed(uint64_t store_seed, uint64_t run_id);
uint64_t RunChecksum(uint64_t run_seed, uint64_t offset, std::string_view bytes);

std::string EncodeRunHeader(const RunHeader& header, uint64_t run_seed);  // one page
Result<RunHeader> DecodeRunHeader(std::string_view page, uint64_t run_seed);

inline event::IndexEntry LoadEntry(const char* page, uint64_t place) {
  const char* at = page + place * sizeof(event::IndexEntry);
  return {LoadLe<uint64_t>(at), LoadLe<uint64_t>(at + 8), LoadLe<uint64_t>(at + 16)};
}

// Writes zeros and checksum behind the `entries` entries that stand in `page` already.
void SealEntryPage(char* page, uint64_t entries, uint64_t run_seed, uint64_t page_number);

// Null if the page is what a writer wrote: its checksum, order, first entry as its fence says, no
// entry of the next page, zeros behind. Else what is wrong with it. Costs about 0.3 µs.
const char* PageProblem(const RunHeader& header, uint64_t run_seed, uint64_t page_number,
                        std::string_view page, std::span<const uint64_t> fences);

}  // namespace oncelog::store
