// Runs: what is written is found; what is damaged is said, never taken for "not there".

#include "store/index/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/hash.h"
#include "store/index/entry_order.h"
#include "store/index/run_cursor.h"
#include "store/index/run_writer.h"
#include "tests/support/code_of.h"
#include "tests/support/index_entries.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

using event::Fingerprint;
using event::IndexEntry;
using test::CodeOf;
using test::EntryFor;
using test::UnsyncedFileSystem;

constexpr uint64_t kSeed = 42;
constexpr uint64_t kId = 7;

class RunTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(fs_.CreateDirectories("d").ok()); }

  RunInfo Write(std::vector<IndexEntry> entries, uint64_t id = kId) {
    std::sort(entries.begin(), entries.end(), EntryBefore);
    const RunTarget target{id, entries.size(), kSeed};
    const std::unique_ptr<RunWriter> writer = RunWriter::Create(fs_, "d", target, nullptr).Take();
    for (const IndexEntry& entry : entries) EXPECT_TRUE(writer->Add(entry).ok());
    Result<RunInfo> info = writer->Finish();
    EXPECT_TRUE(info.ok());
    EXPECT_EQ(fs_.unsynced_changes(), 0u);
    return *info;
  }

  std::shared_ptr<const store::Run> MustOpen(const RunInfo& info) {
    Result<std::shared_ptr<const store::Run>> run = store::Run::Open(fs_, "d", info, kSeed);
    EXPECT_TRUE(run.ok()) << run.error().message();
    return run.Take();
  }

  // Ok if the run opens and each of the entries is found in it, kDamaged if it says so.
  Status Check(const RunInfo& info, const std::vector<IndexEntry>& entries) {
    Result<std::shared_ptr<const store::Run>> run = store::Run::Open(fs_, "d", info, kSeed);
    if (!run.ok()) return run.error();
    for (size_t at = 0; at < entries.size(); at += LookupBatch::kIdsMax) {
      std::vector<Fingerprint> ids;
      for (size_t i = at; i < std::min(entries.size(), at + LookupBatch::kIdsMax); ++i) {
        ids.push_back(entries[i].fingerprint());
      }
      std::vector<IndexEntry> found(ids.size());
      LookupBatch batch(ids, found);
      if (Status s = (*run)->Find(batch); !s.ok()) return s;
      for (size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(found[i], entries[at + i]);
      EXPECT_EQ(batch.missing(), 0u);
    }
    return OkStatus();
  }

  static void ExpectMissing(const store::Run& run, const Fingerprint& id) {
    IndexEntry found;
    LookupBatch batch({&id, 1}, {&found, 1});
    EXPECT_TRUE(run.Find(batch).ok());
    EXPECT_EQ(found, IndexEntry{});
  }

  UnsyncedFileSystem fs_;
};

TEST_F(RunTest, FindsAllOfAnySize) {
  for (const uint64_t entries : {0, 1, 2, 169, 170, 171, 340, 341, 5000, 60'000}) {
    const std::vector<IndexEntry> all = test::EntriesOf(0, entries);
    const RunInfo info = Write(all);
    EXPECT_EQ(info.entries, entries);
    EXPECT_EQ(info.bytes, ReadWholeFile(fs_, "d/7.run")->size());
    ASSERT_TRUE(Check(info, all).ok()) << entries;
    const std::shared_ptr<const store::Run> run = MustOpen(info);
    for (uint64_t n = entries; n < entries + 2000; ++n) ExpectMissing(*run, test::IdOf(n));
    ExpectMissing(*run, {0, 0});
    ExpectMissing(*run, {UINT64_MAX, (uint64_t{1} << 40) - 1});
  }
}

TEST_F(RunTest, FindsAllHoweverTheKeysAreSpread) {
  const auto spread = [](auto id_of) {
    std::vector<IndexEntry> entries;
    for (uint64_t n = 0; n < 3000; ++n) entries.push_back(EntryFor(n, id_of(n)));
    return entries;
  };
  constexpr uint64_t kTop = UINT64_MAX;
  ASSERT_TRUE(Check(Write(spread([](uint64_t n) {
                            return Fingerprint{5, n};
                          }),
                          1),
                    spread([](uint64_t n) {
                      return Fingerprint{5, n};
                    }))
                  .ok());
  ASSERT_TRUE(Check(Write(spread([](uint64_t n) {
                            return Fingerprint{n, 0};
                          }),
                          2),
                    spread([](uint64_t n) {
                      return Fingerprint{n, 0};
                    }))
                  .ok());
  ASSERT_TRUE(Check(Write(spread([](uint64_t n) {
                            return Fingerprint{kTop - n, n};
                          }),
                          3),
                    spread([](uint64_t n) {
                      return Fingerprint{kTop - n, n};
                    }))
                  .ok());
  ASSERT_TRUE(Check(Write(spread([](uint64_t n) {
                            return Fingerprint{n / 500, n};
                          }),
                          4),
                    spread([](uint64_t n) {
                      return Fingerprint{n / 500, n};
                    }))
                  .ok());
  ASSERT_TRUE(Check(Write(spread([](uint64_t n) {
                            return Fingerprint{n << (n % 52), n};
                          }),
                          5),
                    spread([](uint64_t n) {
                      return Fingerprint{n << (n % 52), n};
                    }))
                  .ok());
}

// Of a run of four entry pages each byte in turn has one bit turned over.
TEST_F(RunTest, NoDamagedByteGoesUnnoticed) {
  const std::vector<IndexEntry> all = test::EntriesOf(0, 3 * kRunPageEntries + 20);
  const RunInfo info = Write(all);
  ASSERT_TRUE(Check(info, all).ok());
  const std::unique_ptr<File> file = fs_.Open("d/7.run", OpenMode::kReadWrite).Take();
  for (uint64_t at = 0; at < info.bytes; ++at) {
    char byte;
    ASSERT_TRUE(file->ReadAt(at, &byte, 1).ok());
    const auto flipped = static_cast<char>(byte ^ 1 << at % 8);
    ASSERT_TRUE(file->WriteAt(at, {&flipped, 1}).ok());
    const Status s = Check(info, all);
    ASSERT_FALSE(s.ok()) << "byte " << at;
    ASSERT_EQ(CodeOf(s), Code::kDamaged) << "byte " << at << ": " << s.error().message();
    ASSERT_NE(s.error().message().find("d/7.run at offset " +
                                       std::to_string(at / kRunPageBytes * kRunPageBytes)),
              std::string::npos)
        << s.error().message();
    ASSERT_TRUE(file->WriteAt(at, {&byte, 1}).ok());
    ASSERT_TRUE(file->DataSync().ok());
  }
  EXPECT_TRUE(Check(info, all).ok());
}

TEST_F(RunTest, ATornOrLongerFileIsDamaged) {
  const std::vector<IndexEntry> all = test::EntriesOf(0, 400);
  const RunInfo info = Write(all);
  const std::string whole = *ReadWholeFile(fs_, "d/7.run");
  const std::unique_ptr<File> file = fs_.Open("d/7.run", OpenMode::kReadWrite).Take();
  for (uint64_t size = 0; size <= info.bytes + 512; size += 512) {
    if (size == info.bytes) continue;
    ASSERT_TRUE(file->WriteAt(0, whole).ok() && file->Truncate(size).ok());
    EXPECT_EQ(CodeOf(Check(info, all)), Code::kDamaged) << size;
  }
}

TEST_F(RunTest, PagesInTheWrongPlaceAreDamaged) {
  const std::vector<IndexEntry> all = test::EntriesOf(0, 4 * kRunPageEntries);
  const RunInfo info = Write(all);
  std::string whole = *ReadWholeFile(fs_, "d/7.run");
  const std::unique_ptr<File> file = fs_.Open("d/7.run", OpenMode::kReadWrite).Take();
  std::string swapped = whole;
  std::swap_ranges(swapped.begin() + 4096, swapped.begin() + 8192, swapped.begin() + 8192);
  ASSERT_TRUE(file->WriteAt(0, swapped).ok());
  EXPECT_EQ(CodeOf(Check(info, all)), Code::kDamaged);
  ASSERT_TRUE(file->WriteAt(0, whole).ok());

  // The whole file under another name, in another store, or of another size than listed.
  ASSERT_TRUE(fs_.Rename("d/7.run", "d/8.run").ok());
  RunInfo other = info;
  other.id = 8;
  EXPECT_EQ(CodeOf(Check(other, all)), Code::kDamaged);
  ASSERT_TRUE(fs_.Rename("d/8.run", "d/7.run").ok());
  EXPECT_EQ(CodeOf(store::Run::Open(fs_, "d", info, kSeed + 1)), Code::kDamaged);
  other = info;
  --other.entries;
  EXPECT_EQ(CodeOf(Check(other, all)), Code::kDamaged);
  EXPECT_TRUE(Check(info, all).ok());
}

TEST_F(RunTest, ANewerFormatIsTooNewAndAMissingFileNotFound) {
  const RunInfo info = Write(test::EntriesOf(0, 10));
  const std::unique_ptr<File> file = fs_.Open("d/7.run", OpenMode::kReadWrite).Take();
  std::string header = ReadWholeFile(fs_, "d/7.run")->substr(0, kRunPageBytes - 8);
  StoreLe<uint32_t>(header.data() + 8, kRunFormatVersion + 1);
  ByteWriter(&header).Put(RunChecksum(RunSeed(kSeed, kId), 0, header));
  ASSERT_TRUE(file->WriteAt(0, header).ok());
  EXPECT_EQ(CodeOf(store::Run::Open(fs_, "d", info, kSeed)), Code::kTooNew);
  ASSERT_TRUE(fs_.Remove("d/7.run").ok());
  EXPECT_EQ(CodeOf(store::Run::Open(fs_, "d", info, kSeed)), Code::kNotFound);
}

// The file as documented in run_file.h, byte by byte; a change of it needs a new format version.
TEST_F(RunTest, GoldenBytes) {
  const std::vector<IndexEntry> entries = {
      IndexEntry::Make({0x1122334455667788, 0xaabbccddee}, Sequence{0x0102030405},
                       event::ContentHash{0x665544332211}),
      IndexEntry::Make({0xffeeddccbbaa9988, 1}, Sequence{1}, event::ContentHash{0})};
  const RunInfo info = Write(entries);
  const std::string file = *ReadWholeFile(fs_, "d/7.run");
  const auto word = [&](size_t at) { return LoadLe<uint64_t>(file.data() + at); };
  ASSERT_EQ(file.size(), 4u * 4096);
  EXPECT_EQ(info.bytes, file.size());
  EXPECT_EQ(file.substr(0, 16), std::string("ONCERUN\n\1\0\0\0\0\0\0\0", 16));
  const uint64_t header[] = {
      7, 2, 1, 1, 4 * 4096, 0x1122334455667788, 0xaabbccddee, 0xffeeddccbbaa9988, 1};
  for (size_t i = 0; i < std::size(header); ++i) EXPECT_EQ(word(16 + 8 * i), header[i]) << i;
  const uint64_t page[] = {0x1122334455667788,
                           0xaabbccddee010203,
                           0x0405665544332211,
                           0xffeeddccbbaa9988,
                           0x0000000001000000,
                           0x0001000000000000,
                           0};
  for (size_t i = 0; i < std::size(page); ++i) EXPECT_EQ(word(4096 + 8 * i), page[i]) << i;
  EXPECT_EQ(word(2 * 4096), 0x1122334455667788u);
  EXPECT_EQ(word(2 * 4096 + 8), 0u);
  const uint64_t seed = Checksum64(std::string_view("\7\0\0\0\0\0\0\0", 8), kSeed);
  const std::string_view bytes = file;
  EXPECT_EQ(word(88), Checksum64(bytes.substr(2 * 4096, 4096), seed + 2 * 4096));
  EXPECT_EQ(word(96), Checksum64(bytes.substr(3 * 4096, 4096), seed + 3 * 4096));
  EXPECT_EQ(word(4088), Checksum64(bytes.substr(0, 4088), seed));
  EXPECT_EQ(word(4096 + 4088), Checksum64(bytes.substr(4096, 4088), seed + 4096));
  EXPECT_EQ(Checksum64(bytes, 0), 12548144154406621572u) << "the whole file";
}

TEST_F(RunTest, TheWriterRefusesWhatIsOutOfOrder) {
  std::vector<IndexEntry> entries = test::EntriesOf(0, 2);
  std::sort(entries.begin(), entries.end(), EntryBefore);
  for (const IndexEntry& second : {entries[1], entries[0]}) {
    const std::unique_ptr<RunWriter> writer =
        RunWriter::Create(fs_, "d", {kId, 2, kSeed}, nullptr).Take();
    ASSERT_TRUE(writer->Add(entries[1]).ok());
    EXPECT_EQ(CodeOf(writer->Add(second)), Code::kDamaged);
  }
  EXPECT_TRUE(fs_.List("d")->empty());  // a dropped writer leaves nothing
}

TEST_F(RunTest, AFileACrashLeftIsReplaced) {
  ASSERT_TRUE(fs_.Open("d/7.run", OpenMode::kCreateNew).Take()->WriteAt(50'000, "junk").ok());
  const std::vector<IndexEntry> all = test::EntriesOf(0, 10);
  EXPECT_TRUE(Check(Write(all), all).ok());
}

TEST_F(RunTest, AReplacedRunStaysUntilItsLastReaderIsDone) {
  const RunInfo info = Write(test::EntriesOf(0, 10));
  std::shared_ptr<const store::Run> run = MustOpen(info);
  const std::shared_ptr<const store::Run> reader = run;
  run->RemoveWhenDropped();
  run.reset();
  EXPECT_TRUE(*fs_.Exists("d/7.run"));
  ExpectMissing(*reader, test::IdOf(11));
  const_cast<std::shared_ptr<const store::Run>&>(reader).reset();
  EXPECT_FALSE(*fs_.Exists("d/7.run"));
}

TEST_F(RunTest, ACursorReadsAllInOrderAndSeesDamage) {
  std::vector<IndexEntry> all = test::EntriesOf(0, 30'000);
  const RunInfo info = Write(all);
  std::sort(all.begin(), all.end(), EntryBefore);
  RunCursor cursor(MustOpen(info));
  std::vector<IndexEntry> read;
  while (*cursor.NextPage()) {
    for (; cursor.HasEntry(); cursor.Skip()) read.push_back(cursor.entry());
  }
  EXPECT_EQ(read, all);
  EXPECT_FALSE(*cursor.NextPage());

  RunCursor second(MustOpen(info));
  ASSERT_TRUE(fs_.Open("d/7.run", OpenMode::kReadWrite).Take()->WriteAt(4096 * 100 + 9, "?").ok());
  for (int page = 0; page < 99; ++page) ASSERT_TRUE(second.NextPage().ok());
  EXPECT_EQ(CodeOf(second.NextPage()), Code::kDamaged);
}

}  // namespace
}  // namespace oncelog::store
