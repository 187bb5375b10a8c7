#include "api/content_coding.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

namespace oncelog::api {
namespace {

constexpr size_t kLimit = size_t{1} << 20;

std::string Gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

struct Coding {
  std::string name;
  std::string (*compress)(const std::string&);
};

class ContentCodingTest : public testing::TestWithParam<Coding> {
 protected:
  std::string Compress(const std::string& text) { return GetParam().compress(text); }
  OrProblem<std::string> Decode(const std::string& body) {
    return decompressor_.Decode(GetParam().name, body);
  }
  ErrorId ProblemOf(const std::string& body) {
    OrProblem<std::string> plain = Decode(body);
    return plain.ok() ? ErrorId::kInternal : plain.problem().id;
  }
  Decompressor decompressor_{kLimit};
};

// Does not repeat soon, so that it compresses badly.
std::string Noise(size_t bytes) {
  std::string text(bytes, '\0');
  uint64_t state = 1;
  for (char& c : text) c = static_cast<char>((state = state * 6364136223846793005 + 1) >> 56);
  return text;
}

TEST_P(ContentCodingTest, UndoesIt) {
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{100}, size_t{64} << 10,
                             (size_t{64} << 10) + 1, size_t{300'000}, kLimit}) {
    const std::string text = Noise(bytes);
    OrProblem<std::string> plain = Decode(Compress(text));
    ASSERT_TRUE(plain.ok()) << bytes;
    EXPECT_EQ(*plain, text);
  }
}

TEST_P(ContentCodingTest, ManyMembersAreOneBody) {
  OrProblem<std::string> plain = Decode(Compress("one ") + Compress("") + Compress("two"));
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(*plain, "one two");
}

TEST_P(ContentCodingTest, TheLimitHoldsAfterDecompression) {
  EXPECT_TRUE(Decode(Compress(std::string(kLimit, ' '))).ok());
  EXPECT_EQ(ProblemOf(Compress(std::string(kLimit + 1, ' '))), ErrorId::kBodyTooLarge);
  EXPECT_EQ(ProblemOf(Compress(std::string(kLimit * 50, ' '))), ErrorId::kBodyTooLarge);
  const std::string half = Compress(std::string(kLimit / 2, ' '));
  EXPECT_TRUE(Decode(half + half).ok());
  EXPECT_EQ(ProblemOf(half + half + Compress("x")), ErrorId::kBodyTooLarge);
}

TEST_P(ContentCodingTest, CutOffAtEveryByte) {
  const std::string whole = Compress("a text that is long enough to have some bytes");
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_EQ(ProblemOf(whole.substr(0, bytes)), ErrorId::kBadEncoding) << bytes;
  }
}

TEST_P(ContentCodingTest, CorruptOrFollowedByRubbish) {
  EXPECT_EQ(ProblemOf("{\"topic\":\"a\"}"), ErrorId::kBadEncoding);
  EXPECT_EQ(ProblemOf(Compress("text") + "rubbish"), ErrorId::kBadEncoding);
  EXPECT_EQ(ProblemOf(Compress("text") + std::string(1, '\0')), ErrorId::kBadEncoding);
}

TEST_P(ContentCodingTest, WorksOnAfterAFailure) {
  EXPECT_EQ(ProblemOf(Compress(Noise(1000)).substr(0, 500)), ErrorId::kBadEncoding);
  EXPECT_EQ(ProblemOf(Compress(std::string(kLimit + 1, ' '))), ErrorId::kBodyTooLarge);
  EXPECT_EQ(*Decode(Compress("well")), "well");
}

INSTANTIATE_TEST_SUITE_P(Codings, ContentCodingTest,
                         testing::Values(Coding{"gzip", Gzip}, Coding{" X-GZIP ", Gzip},
                                         Coding{"ZSTD", Zstd}));

TEST(ContentCodingNamesTest, OthersAreRefusedWithWhatIsTaken) {
  Decompressor decompressor(kLimit);
  for (const char* name : {"br", "deflate", "gzip, zstd", "gzip,gzip", "\xff"}) {
    OrProblem<std::string> plain = decompressor.Decode(name, "x");
    ASSERT_FALSE(plain.ok()) << name;
    EXPECT_EQ(plain.problem().id, ErrorId::kUnsupportedEncoding);
    ASSERT_EQ(plain.problem().fields.size(), 1U);
    EXPECT_EQ(plain.problem().fields[0].name, "Accept-Encoding");
    EXPECT_EQ(plain.problem().fields[0].value, "gzip, zstd");
  }
  EXPECT_TRUE(Decompressor::IsIdentity(""));
  EXPECT_TRUE(Decompressor::IsIdentity(" Identity "));
  EXPECT_FALSE(Decompressor::IsIdentity("gzip"));
}

}  // namespace
}  // namespace oncelog::api
