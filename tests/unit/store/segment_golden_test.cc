// The bytes of a segment file as docs/storage-format/segment.md draws them; a change of them needs
// a new format version. What zstd makes of a block is its own affair (versions differ), so packed
// parts are compared as they come out of it.

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/hash.h"
#include "store/segment/segment_file.h"
#include "store/segment/zstd_codec.h"
#include "tests/support/segment_maker.h"
#include "tests/support/unsynced_file_system.h"

namespace oncelog::store {
namespace {

using test::LogMaker;

constexpr uint64_t kStoreSeed = 42;

class SegmentGoldenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(fs_.CreateDirectories("d").ok());
    log_.emplace(fs_, "d/2.log", test::LogStart{.position = {100}, .link = 5, .heads = {{3, 9}}});
    log_->Event(3, R"({"event_id":"00112233-4455-4677-8899-aabbccddeeff"})", {7, 500'000'000},
                "ab");
    log_->Topic(0, "t");
    log_->Event(0, "{}", {-1, 250'000'000}, "ab");
    log_->Event(3, "{\"x\":1}", {9, 0}, "c");
    log_->EndFrame({1000});
    ASSERT_TRUE(test::Seal(fs_, "d", {&*log_}).ok());
    whole_ = *ReadWholeFile(fs_, "d/7.seg");
    index_ = U64(88);
  }

  [[nodiscard]] uint64_t U64(size_t at) const { return LoadLe<uint64_t>(whole_.data() + at); }
  [[nodiscard]] uint32_t U32(size_t at) const { return LoadLe<uint32_t>(whole_.data() + at); }
  [[nodiscard]] uint64_t Checksum(size_t at, size_t bytes) const {
    const uint64_t seed = Checksum64(std::string_view("\7\0\0\0\0\0\0\0", 8), kStoreSeed);
    return Checksum64(std::string_view(whole_).substr(at, bytes), seed + at);
  }
  [[nodiscard]] size_t EntryAt(size_t number) const { return index_ + 88 * number; }
  [[nodiscard]] std::string Stored(size_t entry) const {
    const size_t at = U64(EntryAt(entry));
    const uint32_t bytes = U32(EntryAt(entry) + 8);
    EXPECT_EQ(U64(EntryAt(entry) + 16), Checksum(at, bytes));
    return whole_.substr(at, bytes);
  }
  std::string Raw(size_t entry, std::string_view packed) {
    std::string out;
    EXPECT_TRUE(zstd_.Run(packed, U32(EntryAt(entry) + 12), &out).ok());
    return out;
  }

  test::UnsyncedFileSystem fs_;
  std::optional<LogMaker> log_;
  Decompressor zstd_;
  std::string whole_;
  size_t index_ = 0;
};

TEST_F(SegmentGoldenTest, HeaderAndIndex) {
  EXPECT_EQ(whole_.substr(0, 16), std::string("ONCESEG\n\1\0\0\0\0\0\0\0", 16));
  const uint64_t header[] = {7, 100, 104, 5, log_->Next(2).link};
  for (size_t i = 0; i < std::size(header); ++i) EXPECT_EQ(U64(16 + 8 * i), header[i]) << i;
  const uint32_t counts[] = {3, 1, 2, 1, 1, 1, 1, 0};
  for (size_t i = 0; i < std::size(counts); ++i) EXPECT_EQ(U32(56 + 4 * i), counts[i]) << i;
  EXPECT_EQ(U64(96), whole_.size());
  EXPECT_EQ(whole_.size(), index_ + 4096);
  EXPECT_EQ(U64(4088), Checksum(0, 4088));
  EXPECT_EQ(U64(index_ + 4088), Checksum(index_, 4088));
  EXPECT_EQ(U64(EntryAt(0)), 4096u);
  const uint32_t events[] = {0, 3, 0, 3};
  for (size_t i = 0; i < std::size(events); ++i) EXPECT_EQ(U32(EntryAt(1) + 24 + 4 * i), events[i]);
  const int64_t bounds[] = {1, 11, -1, 9, 1000, 1000};
  for (size_t i = 0; i < std::size(bounds); ++i) {
    EXPECT_EQ(static_cast<int64_t>(U64(EntryAt(1) + 40 + 8 * i)), bounds[i]) << i;
  }
}

TEST_F(SegmentGoldenTest, Blocks) {
  EXPECT_EQ(Raw(0, Stored(0)),
            std::string("\x65\0\0\0\0\0\0\0\xe8\3\0\0\0\0\0\0", 16) + log_->records()[1].bytes);

  const std::string events = Stored(1);
  const size_t packed = LoadLe<uint32_t>(events.data());
  constexpr char kColumns[] =
      "\2\0\1\1\3\x0a\2"                  // runs: topic 0 from 1, one; topic 3 from 10, two
      "\6\2\2ab\1c"                       // milliseconds; sources
      "\xd0\x0f\0\0\1\x10\4"              // received_at 1000; seconds -1, 7, 9
      "\xf4\3\xf4\3\xe7\7\0\0\1\2\x33\7"  // 250, 500, 0 ms; sources; bytes
      "\0\x0e\0"                          // where UUIDs were cut out
      "{}{\"event_id\":\"\"}{\"x\":1}";
  const std::string_view columns(kColumns, sizeof kColumns - 1);
  EXPECT_EQ(Raw(1, std::string_view(events).substr(4, packed)), columns);
  std::string plain;
  for (const size_t at : {2, 0, 3}) {
    const event::IndexEntry entry = log_->records()[at].view().entry;
    ByteWriter out(&plain);
    out.Put(entry.fingerprint().high);
    out.PutBytes({reinterpret_cast<const char*>(&entry.word1) + 3, 5});
    out.PutBytes({reinterpret_cast<const char*>(&entry.word2), 6});
  }
  plain += std::string("\0\x11\x22\x33\x44\x55\x46\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
  EXPECT_EQ(events.substr(4 + packed), plain);

  EXPECT_EQ(Raw(2, Stored(2)), std::string("\2\0\1\0\2\0\1\2", 8));
  EXPECT_EQ(Raw(3, Stored(3)), std::string("\0\1\1\3\x0a\2", 6));
}

}  // namespace
}  // namespace oncelog::store
