// Mapped files that can no longer be read: a file cut under its mapping raises SIGBUS, as a disk
// that fails does. Whoever reads it says so, and never takes the zeros for what the file holds.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <thread>
#include <vector>

#include "store/fs/mapped_read.h"
#include "store/index/entry_order.h"
#include "store/index/run.h"
#include "store/index/run_writer.h"
#include "store/log/topic_index_file.h"
#include "tests/support/code_of.h"
#include "tests/support/index_entries.h"
#include "tests/support/temp_directory.h"

namespace oncelog::store {
namespace {

using event::Fingerprint;
using event::IndexEntry;
using test::CodeOf;

constexpr uint64_t kSeed = 42;
constexpr size_t kPage = 4096;

class BusErrorTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string Path(const std::string& name) const {
    return directory_.path() + "/" + name;
  }

  std::unique_ptr<File> Make(const std::string& name, const std::string& bytes) {
    std::unique_ptr<File> file = fs_.Open(Path(name), OpenMode::kCreateNew).Take();
    EXPECT_TRUE(file->WriteAt(0, bytes).ok());
    return file;
  }

  void Cut(const std::string& name, uint64_t size) {
    ASSERT_TRUE(fs_.Open(Path(name), OpenMode::kReadWrite).Take()->Truncate(size).ok());
  }

  // Puts bytes back behind a cut.
  void Restore(const std::string& name, const std::string& whole) {
    ASSERT_TRUE(fs_.Open(Path(name), OpenMode::kReadWrite).Take()->WriteAt(0, whole).ok());
  }

  test::TempDirectory directory_;
  FileSystem& fs_ = PosixFileSystem();
};

char At(const Mapping& mapping, size_t offset) {
  return *const_cast<const volatile char*>(mapping.bytes().data() + offset);
}

TEST_F(BusErrorTest, ACutFileIsZerosAndLost) {
  const std::unique_ptr<File> file = Make("f", std::string(3 * kPage, 'x'));
  const std::unique_ptr<Mapping> mapping = file->Map().Take();
  ASSERT_TRUE(file->Truncate(kPage).ok());
  {
    const MappedRead read(*mapping);
    EXPECT_EQ(At(*mapping, 10), 'x');
    EXPECT_FALSE(read.lost());
    errno = EDOM;
    EXPECT_EQ(At(*mapping, 2 * kPage), 0);
    EXPECT_EQ(errno, EDOM);
    EXPECT_TRUE(read.lost());
  }
  EXPECT_TRUE(mapping->lost());
  EXPECT_EQ(At(*mapping, 10), 0) << "all of it, for good: nobody reads half of it";
  char to[2];
  EXPECT_EQ(*file->ReadAt(kPage - 1, to, 2), 1u);
}

TEST_F(BusErrorTest, ReadsNest) {
  const std::unique_ptr<File> cut = Make("cut", std::string(2 * kPage, 'x'));
  const std::unique_ptr<File> whole = Make("whole", std::string(2 * kPage, 'y'));
  const std::unique_ptr<Mapping> outer = cut->Map().Take();
  const std::unique_ptr<Mapping> inner = whole->Map().Take();
  ASSERT_TRUE(cut->Truncate(0).ok());
  const MappedRead outer_read(*outer);
  {
    const MappedRead inner_read(*inner);
    EXPECT_EQ(At(*outer, kPage), 0);
    EXPECT_EQ(At(*inner, kPage), 'y');
    EXPECT_FALSE(inner_read.lost());
  }
  EXPECT_TRUE(outer_read.lost());
  ASSERT_TRUE(whole->Truncate(0).ok());
  EXPECT_DEATH(At(*inner, kPage), "") << "its read has ended";
}

TEST_F(BusErrorTest, ElsewhereSigbusEndsTheProcessAsEver) {
  const std::unique_ptr<File> file = Make("f", std::string(kPage, 'x'));
  const std::unique_ptr<Mapping> mapping = file->Map().Take();
  EXPECT_DEATH(
      {
        const MappedRead read(*mapping);
        std::raise(SIGBUS);
      },
      "");
  ASSERT_TRUE(file->Truncate(0).ok());
  EXPECT_DEATH(At(*mapping, 0), "");
}

class RunBusErrorTest : public BusErrorTest {
 protected:
  static constexpr size_t kEntries = 20'000;

  void SetUp() override {
    std::sort(entries_.begin(), entries_.end(), EntryBefore);
    const RunTarget target{7, entries_.size(), kSeed};
    const std::unique_ptr<RunWriter> writer =
        RunWriter::Create(fs_, directory_.path(), target, nullptr).Take();
    for (const IndexEntry& entry : entries_) ASSERT_TRUE(writer->Add(entry).ok());
    const RunInfo info = *writer->Finish();
    run_ = store::Run::Open(fs_, directory_.path(), info, kSeed).Take();
    whole_ = *ReadWholeFile(fs_, run_->path());
  }

  // The n-th entry in the order of the file.
  [[nodiscard]] Result<IndexEntry> Find(size_t n) const {
    const Fingerprint id = entries_[n].fingerprint();
    IndexEntry found;
    LookupBatch batch({&id, 1}, {&found, 1});
    if (Status s = run_->Find(batch); !s.ok()) return s.error();
    return found;
  }

  void FindAll() const {
    for (size_t n = 0; n < kEntries; ++n) {
      const Result<IndexEntry> found = Find(n);
      ASSERT_TRUE(found.ok()) << found.error().message();
      ASSERT_EQ(*found, entries_[n]);
    }
  }

  std::vector<IndexEntry> entries_ = test::EntriesOf(0, kEntries);
  std::shared_ptr<const store::Run> run_;
  std::string whole_;
};

TEST_F(RunBusErrorTest, OnlyPagesThatAreGoneAreErrors) {
  FindAll();                    // all pages have been verified, so only the lost mapping can tell
  constexpr size_t kLeft = 50;  // entry pages
  const uint64_t cut = RunHeader::PageOffset(kLeft);
  Cut("7.run", cut);
  for (size_t n = kEntries; n-- > 0;) {
    const Result<IndexEntry> found = Find(n);
    if (n < kLeft * kRunPageEntries) {
      ASSERT_EQ(*found, entries_[n]);
    } else {
      ASSERT_EQ(CodeOf(found), Code::kDamaged) << n;
    }
  }
  const std::string said = Find(kLeft * kRunPageEntries).error().message();
  EXPECT_NE(said.find("7.run at offset " + std::to_string(cut)), std::string::npos) << said;
  Restore("7.run", whole_);
  FindAll();
}

TEST_F(RunBusErrorTest, ABatchIsFoundAgainWhole) {
  std::vector<Fingerprint> ids;
  for (size_t n = 0; n < LookupBatch::kIdsMax; ++n) {
    ids.push_back(entries_[n * (kEntries / LookupBatch::kIdsMax)].fingerprint());
  }
  Cut("7.run", 0);
  std::vector<IndexEntry> found(ids.size());
  {
    LookupBatch batch(ids, found);
    EXPECT_EQ(CodeOf(run_->Find(batch)), Code::kDamaged);
  }
  Restore("7.run", whole_);
  LookupBatch batch(ids, found);
  ASSERT_TRUE(run_->Find(batch).ok());
  EXPECT_EQ(batch.missing(), 0u);
  for (size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(found[i].fingerprint(), ids[i]);
}

// Zeros that another thread's error brought are no answer either.
TEST_F(RunBusErrorTest, NoThreadMissesWhatWasStored) {
  std::atomic<size_t> looking{0};
  std::vector<std::thread> threads;
  for (size_t first = 0; first < 4; ++first) {
    threads.emplace_back([this, first, &looking] {
      for (size_t n = first * (kEntries / 4);; n = (n + 1) % kEntries) {
        const Result<IndexEntry> found = Find(n);
        if (!found.ok()) return;
        ASSERT_EQ(*found, entries_[n]);
        ++looking;
      }
    });
  }
  while (looking < kEntries && !HasFailure()) std::this_thread::yield();
  Cut("7.run", RunHeader::PageOffset(run_->header().pages() / 2));
  for (std::thread& thread : threads) thread.join();
}

TEST_F(BusErrorTest, ATopicIndexSaysThatItCannotBeRead) {
  MemoryTopicIndex index;
  for (uint32_t n = 0; n < 10'000; ++n) index.Add({n % 3}, {1 + n / 3}, 64 + n * 16);
  index.AddFrame({{0}, {1}, 0, 4});
  ASSERT_TRUE(WriteTopicIndexFile(fs_, Path("1.topics"), index, 1, kSeed).ok());
  const auto unused = TopicIndexFile::Open(fs_, Path("1.topics"), 1, kSeed).Take();
  const auto used = TopicIndexFile::Open(fs_, Path("1.topics"), 1, kSeed).Take();
  EXPECT_EQ(used->Range({1})->count, 3333u);
  const std::string whole = *ReadWholeFile(fs_, Path("1.topics"));
  Cut("1.topics", kPage);
  std::vector<uint32_t> offsets;
  EXPECT_EQ(CodeOf(used->Offsets({2}, {3000}, 20, &offsets)), Code::kIo);
  EXPECT_EQ(CodeOf(used->Range({1})), Code::kIo);
  EXPECT_EQ(CodeOf(used->Frame(0)), Code::kIo);
  EXPECT_EQ(CodeOf(unused->Range({1})), Code::kDamaged) << "its size is wrong already";
  Restore("1.topics", whole);
  EXPECT_EQ(unused->Range({1})->count, 3333u);
}

}  // namespace
}  // namespace oncelog::store
