#include "store/log/frame.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace oncelog::store {
namespace {

constexpr uint64_t kSeed = 77;

FrameBuilder Example() {
  FrameBuilder frame;
  frame.payload()->append("records");
  frame.CountRecord();
  frame.CountRecord();
  FrameHeader header;
  header.file_id = 3;
  header.first_position = {17};
  header.received_at = {1'700'000'000'123};
  header.durable_position = {16};
  header.link = 0x1122334455667788;
  frame.Finish(header, kSeed);
  return frame;
}

TEST(Frame, GoldenBytes) {
  const FrameBuilder frame = Example();
  const std::string_view bytes = frame.bytes();
  ASSERT_EQ(bytes.size(), kBlockBytes);
  EXPECT_EQ(bytes.substr(0, 4), "OLFR");
  EXPECT_EQ(LoadLe<uint16_t>(bytes.data() + 4), 1);
  EXPECT_EQ(LoadLe<uint16_t>(bytes.data() + 6), 0);
  EXPECT_EQ(LoadLe<uint32_t>(bytes.data() + 8), 7U);
  EXPECT_EQ(LoadLe<uint32_t>(bytes.data() + 12), 2U);
  EXPECT_EQ(LoadLe<uint64_t>(bytes.data() + 16), 17U);
  EXPECT_EQ(LoadLe<int64_t>(bytes.data() + 24), 1'700'000'000'123);
  EXPECT_EQ(LoadLe<uint64_t>(bytes.data() + 32), 16U);
  EXPECT_EQ(LoadLe<uint64_t>(bytes.data() + 48), 0x1122334455667788U);
  EXPECT_EQ(bytes.substr(kFrameHeaderBytes, 7), "records");
  EXPECT_EQ(bytes.find_first_not_of('\0', kFrameHeaderBytes + 7), std::string_view::npos);
  // The checksums too: another value would make every store unreadable.
  EXPECT_EQ(LoadLe<uint64_t>(bytes.data() + 40), 0x3b94575bbf8b5200U);
  EXPECT_EQ(LoadLe<uint64_t>(bytes.data() + 56), frame.header().checksum);
}

TEST(Frame, IsReadBackAsItWasBuilt) {
  const FrameBuilder frame = Example();
  FrameHeader header;
  ASSERT_EQ(DecodeFrameHeader(frame.bytes(), 3, kSeed, &header), HeaderState::kValid);
  EXPECT_EQ(header.first_position, Position{17});
  EXPECT_EQ(header.end_position(), Position{19});
  EXPECT_EQ(header.received_at, UnixMs{1'700'000'000'123});
  EXPECT_EQ(header.checksum, frame.header().checksum);
  EXPECT_TRUE(PayloadMatches(header, frame.records_bytes(), kSeed));
}

TEST(Frame, BelongsToOnePlaceOnly) {
  const FrameBuilder frame = Example();
  FrameHeader header;
  EXPECT_EQ(DecodeFrameHeader(frame.bytes(), 4, kSeed, &header), HeaderState::kBad);
  EXPECT_EQ(DecodeFrameHeader(frame.bytes(), 3, kSeed + 1, &header), HeaderState::kBad);
  ASSERT_EQ(DecodeFrameHeader(frame.bytes(), 3, kSeed, &header), HeaderState::kValid);
  header.first_position = {18};
  EXPECT_FALSE(PayloadMatches(header, frame.records_bytes(), kSeed));
}

TEST(Frame, EveryFlippedBitIsSeen) {
  const FrameBuilder frame = Example();
  for (size_t at = 0; at < kFrameHeaderBytes + 7; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes(frame.bytes());
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      FrameHeader header;
      const HeaderState state = DecodeFrameHeader(bytes, 3, kSeed, &header);
      const bool whole = state == HeaderState::kValid &&
                         PayloadMatches(header, bytes.substr(kFrameHeaderBytes, 7), kSeed);
      EXPECT_FALSE(whole) << "byte " << at << ", bit " << bit;
    }
  }
}

TEST(Frame, ZerosAreNoFrame) {
  FrameHeader header;
  EXPECT_EQ(DecodeFrameHeader(std::string(kBlockBytes, '\0'), 3, kSeed, &header),
            HeaderState::kZero);
}

}  // namespace
}  // namespace oncelog::store
