#include "base/bytes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace oncelog {
namespace {

using namespace std::string_literals;

TEST(StoreLe, WritesTheLowestByteFirst) {
  std::string bytes(4, '\0');
  StoreLe<uint32_t>(bytes.data(), 0x01020304);
  EXPECT_EQ(bytes, "\x04\x03\x02\x01"s);
  EXPECT_EQ(LoadLe<uint32_t>(bytes.data()), 0x01020304u);
}

TEST(StoreLe, NeedsNoAlignment) {
  std::string bytes(9, '\0');
  StoreLe<uint64_t>(bytes.data() + 1, 0x1122334455667788);
  EXPECT_EQ(LoadLe<uint64_t>(bytes.data() + 1), 0x1122334455667788u);
}

TEST(ByteWriter, HasGoldenBytes) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.Put<uint8_t>(0xff);
  out.Put<uint16_t>(1);
  out.Put<int32_t>(-2);
  out.Put<uint64_t>(3);
  out.PutString("ab");
  out.PutBytes("c");
  EXPECT_EQ(bytes,
            "\xff"
            "\x01\x00"
            "\xfe\xff\xff\xff"
            "\x03\x00\x00\x00\x00\x00\x00\x00"
            "\x02\x00\x00\x00"
            "abc"s);
}

TEST(ByteReader, ReadsWhatByteWriterWrote) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.Put<uint64_t>(std::numeric_limits<uint64_t>::max());
  out.Put<int16_t>(-7);
  out.PutString("sensor.temp");
  out.PutString("");
  ByteReader in(bytes);
  EXPECT_EQ(in.Get<uint64_t>(), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(in.Get<int16_t>(), -7);
  EXPECT_EQ(in.GetString(), "sensor.temp");
  EXPECT_EQ(in.GetString(), "");
  EXPECT_EQ(in.remaining(), 0u);
  EXPECT_TRUE(in.ok());
}

TEST(ByteReader, FailsOneByteShortAndStaysFailed) {
  ByteReader in("\x01\x02\x03");
  EXPECT_EQ(in.Get<uint32_t>(), 0u);
  EXPECT_FALSE(in.ok());
  // Bytes that would still fit are not read either: nothing after a failure is to be trusted.
  EXPECT_EQ(in.Get<uint8_t>(), 0);
  EXPECT_FALSE(in.ok());
}

TEST(ByteReader, ALengthBeyondTheEndFails) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.Put<uint32_t>(std::numeric_limits<uint32_t>::max());
  out.PutBytes("abc");
  ByteReader in(bytes);
  EXPECT_EQ(in.GetString(), "");
  EXPECT_FALSE(in.ok());
}

TEST(ByteReader, NothingAtTheEndIsStillFine) {
  ByteReader in("");
  EXPECT_EQ(in.GetBytes(0), "");
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.GetBytes(1), "");
  EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace oncelog
