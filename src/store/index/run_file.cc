#include "store/index/run_file.h"

#include <cstring>

#include "base/hash.h"
#include "store/index/entry_order.h"
#include "store/index/filter.h"

namespace oncelog::store {
namespace {

using event::Fingerprint;
using event::IndexEntry;

constexpr std::string_view kMagic = "ONCERUN\n";
constexpr uint64_t kChecksumAt = kRunPageBytes - sizeof(uint64_t);
constexpr uint64_t kEntriesEnd = kRunPageEntries * sizeof(IndexEntry);
static_assert(kEntriesEnd <= kChecksumAt);

bool AllZero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

void PutFingerprint(ByteWriter& out, const Fingerprint& id) {
  out.Put(id.high);
  out.Put(id.low40);
}

Fingerprint GetFingerprint(ByteReader& in) {
  const uint64_t high = in.Get<uint64_t>();
  return {high, in.Get<uint64_t>()};
}

Error Damaged(const char* what) { return {Code::kDamaged, what}; }

}  // namespace

uint64_t RunHeader::filter_bytes() const {
  return ToFullPages(filter_blocks * Filter::kBlockBytes);
}

std::string RunPath(const std::string& directory, uint64_t run_id) {
  return directory + "/" + std::to_string(run_id) + ".run";
}

uint64_t RunSeed(uint64_t store_seed, uint64_t run_id) {
  char bytes[sizeof run_id];
  StoreLe(bytes, run_id);
  return Checksum64({bytes, sizeof bytes}, store_seed);
}

uint64_t RunChecksum(uint64_t run_seed, uint64_t offset, std::string_view bytes) {
  return Checksum64(bytes, run_seed + offset);
}

std::string EncodeRunHeader(const RunHeader& header, uint64_t run_seed) {
  std::string page;
  page.reserve(kRunPageBytes);
  ByteWriter out(&page);
  out.PutBytes(kMagic);
  out.Put(kRunFormatVersion);
  out.Put(uint32_t{0});
  out.Put(header.id);
  out.Put(header.entries);
  out.Put(header.pages());
  out.Put(header.filter_blocks);
  out.Put(header.file_bytes());
  PutFingerprint(out, header.first);
  PutFingerprint(out, header.last);
  out.Put(header.fences_checksum);
  out.Put(header.filter_checksum);
  page.resize(kChecksumAt);
  out.Put(RunChecksum(run_seed, 0, page));
  return page;
}

Result<RunHeader> DecodeRunHeader(std::string_view page, uint64_t run_seed) {
  if (page.size() != kRunPageBytes) return Damaged("the file ends within its header");
  const std::string_view covered = page.substr(0, kChecksumAt);
  if (LoadLe<uint64_t>(page.data() + kChecksumAt) != RunChecksum(run_seed, 0, covered)) {
    return Damaged("the checksum of the header does not hold");
  }
  ByteReader in(covered);
  if (in.GetBytes(kMagic.size()) != kMagic) return Damaged("this is no index run");
  const auto version = in.Get<uint32_t>();
  if (version > kRunFormatVersion) {
    return Error(Code::kTooNew, "run format " + std::to_string(version) + " is newer than " +
                                    std::to_string(kRunFormatVersion));
  }
  const auto reserved = in.Get<uint32_t>();
  RunHeader header;
  header.id = in.Get<uint64_t>();
  header.entries = in.Get<uint64_t>();
  const auto pages = in.Get<uint64_t>();
  header.filter_blocks = in.Get<uint64_t>();
  const auto file_bytes = in.Get<uint64_t>();
  header.first = GetFingerprint(in);
  header.last = GetFingerprint(in);
  header.fences_checksum = in.Get<uint64_t>();
  header.filter_checksum = in.Get<uint64_t>();
  if (version == 0 || reserved != 0 || !AllZero(in.GetBytes(in.remaining()))) {
    return Damaged("the header holds what no version writes");
  }
  if (header.entries > kRunEntriesMax || header.filter_blocks == 0 ||
      header.filter_blocks > UINT32_MAX || pages != header.pages() ||
      file_bytes != header.file_bytes()) {
    return Damaged("the figures of the header contradict each other");
  }
  return header;
}

void SealEntryPage(char* page, uint64_t entries, uint64_t run_seed, uint64_t page_number) {
  const uint64_t used = entries * sizeof(IndexEntry);
  std::memset(page + used, 0, kChecksumAt - used);
  StoreLe(page + kChecksumAt,
          RunChecksum(run_seed, RunHeader::PageOffset(page_number), {page, kChecksumAt}));
}

const char* PageProblem(const RunHeader& header, uint64_t run_seed, uint64_t page_number,
                        std::string_view page, std::span<const uint64_t> fences) {
  if (page.size() != kRunPageBytes) return "the file ends within a page";
  const std::string_view covered = page.substr(0, kChecksumAt);
  if (LoadLe<uint64_t>(page.data() + kChecksumAt) !=
      RunChecksum(run_seed, RunHeader::PageOffset(page_number), covered)) {
    return "the checksum of the page does not hold";
  }
  // From here on only a writer's bug can be found; a wrong "not there" would be the price.
  const uint64_t entries = header.EntriesIn(page_number);
  const IndexEntry first = LoadEntry(page.data(), 0);
  IndexEntry last = first;
  bool in_order = first.sequence().value != 0;
  for (uint64_t i = 1; i < entries; ++i) {
    const IndexEntry entry = LoadEntry(page.data(), i);
    in_order &= EntryBefore(last, entry) && entry.sequence().value != 0;
    last = entry;
  }
  if (!in_order) return "the entries of the page are not in order";
  if (!AllZero(covered.substr(entries * sizeof(IndexEntry)))) return "the page holds too much";
  const bool is_last = page_number + 1 == header.pages();
  if (first.word0 != fences[page_number] ||
      (page_number == 0 && first.fingerprint() != header.first) ||
      (is_last ? last.fingerprint() != header.last : last.word0 > fences[page_number + 1])) {
    return "the page is not where it belongs";
  }
  return nullptr;
}

}  // namespace oncelog::store
