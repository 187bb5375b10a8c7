#include "store/index/run.h"

#include <algorithm>
#include <array>
#include <utility>

#include "store/fs/mapped_read.h"
#include "store/index/entry_order.h"

namespace oncelog::store {
namespace {

using event::Fingerprint;
using event::IndexEntry;

// Where among `count` evenly spread keys, the first of which is `low` and `high` comes behind the
// last, `key` is likely to stand: 0 … count - 1.
uint64_t Interpolate(uint64_t key, uint64_t low, uint64_t high, uint64_t count) {
  if (key <= low) return 0;
  if (key >= high) return count - 1;
  const double part = static_cast<double>(key - low) / static_cast<double>(high - low);
  return std::min(count - 1, static_cast<uint64_t>(part * static_cast<double>(count)));
}

// After a lookup that waited for the disk, so many ask for their pages beforehand: all the disk's
// queue instead of one page after the other. Pages that are there cost it a system call each, so
// that it looks again, now and then, whether it still has to.
constexpr uint32_t kColdLookups = 64;

uint64_t Word0At(const char* page, uint64_t place) {
  return LoadLe<uint64_t>(page + place * sizeof(IndexEntry));
}

}  // namespace

Result<std::shared_ptr<const Run>> Run::Open(FileSystem& fs, const std::string& directory,
                                             const RunInfo& info, uint64_t checksum_seed) {
  const std::string path = RunPath(directory, info.id);
  Result<std::unique_ptr<File>> file = fs.Open(path, OpenMode::kRead);
  if (!file.ok()) return file.error();
  std::array<char, kRunPageBytes> page;
  Result<size_t> got = (*file)->ReadAt(0, page.data(), page.size());
  if (!got.ok()) return got.error();
  const uint64_t seed = RunSeed(checksum_seed, info.id);
  Result<RunHeader> header = DecodeRunHeader({page.data(), *got}, seed);
  if (!header.ok()) return header.error().Annotate(path + " at offset 0");
  if (header->id != info.id || header->entries != info.entries ||
      header->file_bytes() != info.bytes) {
    return Error(Code::kDamaged, path + " at offset 0: this is not the run that is listed");
  }
  // Before anything is sized by the header: a file may be shorter than it says.
  Result<uint64_t> size = (*file)->Size();
  if (!size.ok()) return size.error();
  if (*size != info.bytes) {
    return Error(Code::kDamaged, path + " holds " + std::to_string(*size) + " bytes instead of " +
                                     std::to_string(info.bytes));
  }
  std::shared_ptr<Run> run(new Run(fs, *header, seed, file.Take()));
  if (Status s = run->Load(info); !s.ok()) return s.error();
  return std::shared_ptr<const Run>(std::move(run));
}

Run::Run(FileSystem& fs, const RunHeader& header, uint64_t seed, std::unique_ptr<File> file)
    : fs_(fs),
      header_(header),
      seed_(seed),
      file_(std::move(file)),
      fences_(header.fences_bytes() / sizeof(uint64_t)),
      filter_(header.filter_blocks),
      verified_((header.pages() + 63) / 64) {}

Run::~Run() {
  if (!remove_when_dropped_.load(std::memory_order_relaxed)) return;
  const std::string path = file_->path();
  mapping_.reset();
  file_.reset();
  // Best effort: no MANIFEST lists it any more, so it only takes room.
  [[maybe_unused]] const Status removed = fs_.Remove(path);
}

Status Run::Load(const RunInfo& info) {
  const std::span<char> fences(reinterpret_cast<char*>(fences_.data()), header_.fences_bytes());
  if (Status s = LoadPart(header_.fences_offset(), fences, header_.fences_checksum, "fences");
      !s.ok()) {
    return s;
  }
  fences_.resize(header_.pages());
  if (!std::is_sorted(fences_.begin(), fences_.end())) {
    return Damaged(header_.fences_offset(), "the fences are not in order");
  }
  if (Status s =
          LoadPart(header_.filter_offset(), filter_.bytes(), header_.filter_checksum, "filter");
      !s.ok()) {
    return s;
  }
  Result<std::unique_ptr<Mapping>> mapping = file_->Map();
  if (!mapping.ok()) return mapping.error();
  mapping_ = mapping.Take();
  mapping_->ExpectScatteredLooks();
  if (mapping_->bytes().size() != info.bytes) return Damaged(0, "its size changes");
  entries_ = mapping_->bytes().substr(RunHeader::PageOffset(0), header_.pages() * kRunPageBytes);
  return OkStatus();
}

Status Run::LoadPart(uint64_t offset, std::span<char> to, uint64_t checksum, const char* what) {
  Result<size_t> got = file_->ReadAt(offset, to.data(), to.size());
  if (!got.ok()) return got.error();
  if (*got != to.size() || RunChecksum(seed_, offset, {to.data(), to.size()}) != checksum) {
    return Damaged(offset, std::string("the checksum of the ") + what + " does not hold");
  }
  return OkStatus();
}

Error Run::Damaged(uint64_t offset, const std::string& what) const {
  return {Code::kDamaged, path() + " at offset " + std::to_string(offset) + ": " + what};
}

uint64_t Run::memory_bytes() const {
  return fences_.size() * sizeof(uint64_t) + header_.filter_bytes();
}

Status Run::VerifyPage(uint64_t page, std::string_view bytes) const {
  const char* problem = PageProblem(header_, seed_, page, bytes, fences_);
  if (problem == nullptr) return OkStatus();
  return Damaged(RunHeader::PageOffset(page), problem);
}

Status Run::EnsureVerified(uint64_t page) const {
  // Relaxed: the bytes never change, so whoever sees the bit late only verifies once more.
  std::atomic<uint64_t>& word = verified_[page / 64];
  const uint64_t bit = uint64_t{1} << page % 64;
  if ((word.load(std::memory_order_relaxed) & bit) != 0) return OkStatus();
  Status s = VerifyPage(page, {PageAt(page), kRunPageBytes});
  if (s.ok()) word.fetch_or(bit, std::memory_order_relaxed);
  return s;
}

Status Run::Find(LookupBatch& batch) const {
  Candidates candidates;
  Choose(batch, &candidates);
  if (candidates.count == 0) return OkStatus();
  if (!mapping_->lost()) {
    const MappedRead read(*mapping_);
    const Status s = FindMapped(candidates, batch);
    if (!read.lost()) {
      if (s.ok()) batch.DropFound();
      return s;
    }
  }
  if (Status s = ReadAll(candidates, batch); !s.ok()) return s;
  batch.DropFound();
  return OkStatus();
}

void Run::Choose(const LookupBatch& batch, Candidates* candidates) const {
  constexpr size_t kAhead = LookupBatch::kAhead;
  const size_t count = batch.missing();
  std::array<uint16_t, LookupBatch::kIdsMax>& maybe = candidates->places;
  size_t maybe_count = 0;
  for (size_t n = 0; n < count && n < kAhead; ++n) filter_.Prefetch(batch.id(n).high);
  for (size_t n = 0; n < count; ++n) {
    if (n + kAhead < count) filter_.Prefetch(batch.id(n + kAhead).high);
    maybe[maybe_count] = static_cast<uint16_t>(n);
    maybe_count += filter_.MayContain(batch.id(n).high) ? 1 : 0;
  }
  // Pages are found first, all of them, and their bytes are on the way when they are read.
  for (size_t i = 0; i < maybe_count; ++i) {
    const uint64_t word0 = batch.id(maybe[i]).high;
    candidates->pages[i] = PagesNotAbove(word0);
    if (candidates->pages[i] == 0) continue;
    const uint64_t page = candidates->pages[i] - 1;
    // The guess is a few entries off at most, so its own cache line and those beside it.
    const char* guess = PageAt(page) + Guess(page, word0) * sizeof(IndexEntry);
    __builtin_prefetch(guess);
    __builtin_prefetch(guess - 64);
    __builtin_prefetch(guess + 64);
  }
  candidates->count = maybe_count;
}

Status Run::FindMapped(const Candidates& candidates, LookupBatch& batch) const {
  if (candidates.count < 2) return FindAll(candidates, batch);  // nothing to be had together
  const uint32_t cold = cold_lookups_.load(std::memory_order_relaxed);
  if (cold > 0) Prefetch(candidates);
  const uint64_t waits = MappedRead::Waits();
  Status s = FindAll(candidates, batch);
  if (MappedRead::Waits() != waits) {
    cold_lookups_.store(kColdLookups, std::memory_order_relaxed);
  } else if (cold > 0) {
    cold_lookups_.store(cold - 1, std::memory_order_relaxed);
  }
  return s;
}

void Run::Prefetch(const Candidates& candidates) const {
  for (size_t i = 0; i < candidates.count; ++i) {
    if (candidates.pages[i] == 0) continue;
    mapping_->Prefetch(RunHeader::PageOffset(candidates.pages[i] - 1), kRunPageBytes);
  }
}

Status Run::FindAll(const Candidates& candidates, LookupBatch& batch) const {
  for (size_t i = 0; i < candidates.count; ++i) {
    if (candidates.pages[i] == 0) continue;  // before the first entry
    const size_t n = candidates.places[i];
    Status s = FindFrom(candidates.pages[i] - 1, batch.id(n), batch.found(n));
    if (!s.ok()) return s;
  }
  return OkStatus();
}

Status Run::ReadAll(const Candidates& candidates, LookupBatch& batch) const {
  for (size_t i = 0; i < candidates.count; ++i) {
    const size_t n = candidates.places[i];
    batch.found(n) = {};  // whatever was found in a mapping that is lost
    if (candidates.pages[i] == 0) continue;
    Status s = ReadFrom(candidates.pages[i] - 1, batch.id(n), batch.found(n));
    if (!s.ok()) return s;
  }
  return OkStatus();
}

// How many fences are ≤ word0. Looks around where it would be if keys are spread evenly, in steps
// that double, so that any other spread costs a binary search at most twice.
uint64_t Run::PagesNotAbove(uint64_t word0) const {
  const uint64_t pages = fences_.size();
  if (pages == 0) return 0;
  uint64_t low = ScaleTo(word0, pages);  // the answer is in low … high
  uint64_t high = low;
  for (uint64_t step = 2; low > 0 && fences_[low - 1] > word0; step *= 2) {
    high = low - 1;
    low -= std::min(low, step);
  }
  for (uint64_t step = 2; high < pages && fences_[high] <= word0; step *= 2) {
    low = high + 1;
    high += std::min(pages - high, step);
  }
  const auto end = std::upper_bound(fences_.begin() + static_cast<ptrdiff_t>(low),
                                    fences_.begin() + static_cast<ptrdiff_t>(high), word0);
  return static_cast<uint64_t>(end - fences_.begin());
}

uint64_t Run::Guess(uint64_t page, uint64_t word0) const {
  const uint64_t behind = page + 1 < fences_.size() ? fences_[page + 1] : header_.last.high;
  return Interpolate(word0, fences_[page], behind, header_.EntriesIn(page));
}

bool Run::FindInPage(uint64_t page, const char* bytes, const Fingerprint& id,
                     IndexEntry& found) const {
  const uint64_t entries = header_.EntriesIn(page);
  uint64_t place = Guess(page, id.high);
  while (place > 0 && Word0At(bytes, place - 1) >= id.high) --place;
  while (place < entries && Word0At(bytes, place) < id.high) ++place;
  for (; place < entries && Word0At(bytes, place) == id.high; ++place) {
    const IndexEntry entry = LoadEntry(bytes, place);
    if (!IsOf(entry, id)) continue;
    found = entry;
    return true;
  }
  return false;
}

// Equal first words may begin in the page before: as long as a page starts with the one looked for.
bool Run::BeginsBefore(uint64_t page, const Fingerprint& id) const {
  return page != 0 && fences_[page] == id.high;
}

Status Run::FindFrom(uint64_t page, const Fingerprint& id, IndexEntry& found) const {
  for (;; --page) {
    if (Status s = EnsureVerified(page); !s.ok()) return s;
    if (FindInPage(page, PageAt(page), id, found) || !BeginsBefore(page, id)) return OkStatus();
  }
}

Status Run::ReadFrom(uint64_t page, const Fingerprint& id, IndexEntry& found) const {
  std::array<char, kRunPageBytes> copy;
  for (;; --page) {
    if (Status s = ReadPage(page, copy.data()); !s.ok()) return s;
    if (FindInPage(page, copy.data(), id, found) || !BeginsBefore(page, id)) return OkStatus();
  }
}

Status Run::ReadPage(uint64_t page, char* copy) const {
  const uint64_t offset = RunHeader::PageOffset(page);
  const Result<size_t> got = file_->ReadAt(offset, copy, kRunPageBytes);
  if (!got.ok()) return got.error().Annotate(path() + " at offset " + std::to_string(offset));
  if (*got != kRunPageBytes) return Damaged(offset, "the file ends before this page does");
  return VerifyPage(page, {copy, kRunPageBytes});
}

}  // namespace oncelog::store
