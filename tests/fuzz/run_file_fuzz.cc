// Fuzzes the reading of an index run. The first byte of the input says what of the rest, the file,
// is sealed again with right checksums before it is read, so that the fuzzer gets behind them:
//   bit 0  the header, with the figures that follow from others set right
//   bit 1  the entry pages
//   bit 2  fences and filter
// Whatever the bytes are: no crash, no read out of bounds, no memory beyond the size of the file;
// and what is found carries the fingerprint that was asked for.

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "store/index/run.h"
#include "store/index/run_cursor.h"
#include "store/index/run_file.h"
#include "tests/support/one_file.h"

namespace oncelog::store {
namespace {

using event::Fingerprint;
using event::IndexEntry;

constexpr uint64_t kSeed = 1;
constexpr uint64_t kId = 1;

void Seal(std::string& file, uint64_t begin, uint64_t bytes) {
  const uint64_t seed = RunSeed(kSeed, kId);
  const std::string_view covered(file.data() + begin, bytes - sizeof(uint64_t));
  StoreLe(file.data() + begin + covered.size(), RunChecksum(seed, begin, covered));
}

// The header as the fuzzer chose it, but for what must agree with the size of the file.
RunHeader HeaderOf(const std::string& file) {
  const auto word = [&](size_t at) { return LoadLe<uint64_t>(file.data() + at); };
  const uint64_t pages_max = file.size() / kRunPageBytes;
  return {.id = kId,
          .entries = word(24) % (pages_max * kRunPageEntries + 1),
          .filter_blocks = 1 + word(40) % (pages_max * 128 + 1),
          .first = {word(56), word(64)},
          .last = {word(72), word(80)},
          .fences_checksum = word(88),
          .filter_checksum = word(96)};
}

void SealAll(uint8_t mode, std::string& file) {
  if (file.size() < kRunPageBytes) return;
  RunHeader header = HeaderOf(file);
  if ((mode & 1) != 0) file.resize(header.file_bytes());
  if (file.size() < header.file_bytes()) return;
  for (uint64_t page = 0; (mode & 2) != 0 && page < header.pages(); ++page) {
    Seal(file, RunHeader::PageOffset(page), kRunPageBytes);
  }
  if ((mode & 4) != 0) {
    const uint64_t seed = RunSeed(kSeed, kId);
    const std::string_view bytes = file;
    header.fences_checksum = RunChecksum(
        seed, header.fences_offset(), bytes.substr(header.fences_offset(), header.fences_bytes()));
    header.filter_checksum = RunChecksum(
        seed, header.filter_offset(), bytes.substr(header.filter_offset(), header.filter_bytes()));
  }
  if ((mode & 1) != 0) {
    file.replace(0, kRunPageBytes, EncodeRunHeader(header, RunSeed(kSeed, kId)));
  }
}

void Look(const std::shared_ptr<const Run>& run, const std::string& file) {
  std::vector<Fingerprint> ids = {{0, 0}, {UINT64_MAX, UINT64_MAX >> 24}};
  for (size_t at = kRunPageBytes; at + 16 <= file.size() && ids.size() < 200; at += 24 * 7) {
    ids.push_back(
        {LoadLe<uint64_t>(file.data() + at), LoadLe<uint64_t>(file.data() + at + 8) >> 24});
  }
  std::vector<IndexEntry> found(ids.size());
  LookupBatch batch(ids, found);
  if (!run->Find(batch).ok()) return;
  for (size_t i = 0; i < ids.size(); ++i) {
    oncelog::Check(found[i].sequence().value == 0 || found[i].fingerprint() == ids[i],
                   "what is found is what was asked for");
  }
}

void ReadAll(const std::shared_ptr<const Run>& run) {
  RunCursor cursor(run);
  uint64_t entries = 0;
  for (;;) {
    Result<bool> more = cursor.NextPage();
    if (!more.ok()) return;
    if (!*more) break;
    for (; cursor.HasEntry(); cursor.Skip()) ++entries;
  }
  oncelog::Check(entries == run->info().entries, "a run that reads well holds what it says");
}

}  // namespace
}  // namespace oncelog::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace oncelog::store;
  if (size == 0 || size > size_t{64} * 1024) return 0;
  std::string file(reinterpret_cast<const char*>(data) + 1, size - 1);
  SealAll(data[0], file);
  if (file.size() > size_t{1} << 20) return 0;
  oncelog::test::OneFile fs(file);
  RunInfo info{kId, 0, file.size()};
  if (file.size() >= kRunPageBytes) info.entries = oncelog::LoadLe<uint64_t>(file.data() + 24);
  oncelog::Result<std::shared_ptr<const Run>> run = Run::Open(fs, ".", info, kSeed);
  if (!run.ok()) return 0;
  Look(*run, file);
  ReadAll(*run);
  return 0;
}
