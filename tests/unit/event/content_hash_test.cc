#include "event/content_hash.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "event/content_walk.h"
#include "tests/unit/event/random_json.h"

namespace oncelog::event {
namespace {

const HashKey kKey("0123456789abcdef0123456789abcdef");

uint64_t HashOf(std::string text, const HashKey& key = kKey) {
  text.reserve(text.size() + JsonDocument::kPaddingBytes);
  JsonDocument document;
  if (document.Parse(text) != JsonParse::kOk) {
    ADD_FAILURE() << text;
    return 0;
  }
  JsonCursor at = document.Root();
  ContentWalk walk(key);
  uint64_t hash = 0;
  EXPECT_TRUE(walk.Value(at, 1, &hash)) << text;
  return hash;
}

TEST(ContentHash, DoesNotDependOnTheSpelling) {
  const std::vector<std::vector<std::string>> same = {
      {"1", "1.0", "1e0", "10E-1", "0.1e1", "100000000000000000000e-20"},
      {"0", "-0", "0.0", "-0.0", "0e99", "1e-999"},
      {"-7", "-7.0", "-70e-1"},
      {"9223372036854775807"},
      {"9223372036854775808", "9223372036854775808.0", "9.223372036854775808e18"},
      {"-9223372036854775808", "-9223372036854775808.0"},
      {"18446744073709551615"},
      {"1e22", "10000000000000000000000.0"},
      {"0.1", "1e-1", "0.10000000000000000001"},
      {R"("a/b")", R"("a\/b")", R"("\u0061/b")", R"("\u0061\u002Fb")"},
      {R"("😀")", R"("\ud83d\ude00")", R"("\uD83D\uDE00")"},
      {R"({"a":1,"b":[1,2]})", R"( { "b" : [ 1.0 , 2 ] , "a" : 1e0 } )",
       R"({"\u0062":[1,2],"a":1})"},
      {R"({"a":{"x":null,"y":{}}})", R"({"a":{"y":{},"x":null}})"},
  };
  for (const auto& spellings : same) {
    for (const std::string& spelling : spellings) {
      EXPECT_EQ(HashOf(spelling), HashOf(spellings.front())) << spelling;
    }
  }
}

TEST(ContentHash, TellsDifferentValuesApart) {
  const std::vector<std::string> different = {"null",
                                              "true",
                                              "false",
                                              "0",
                                              "1",
                                              "-1",
                                              "2",
                                              "\"\"",
                                              "\"1\"",
                                              "\"0\"",
                                              "\"null\"",
                                              "\"true\"",
                                              "[]",
                                              "{}",
                                              "[null]",
                                              "[0]",
                                              "[[]]",
                                              "[{}]",
                                              "{\"\":null}",
                                              "{\"\":\"\"}",
                                              "[1,2]",
                                              "[2,1]",
                                              "[1,1]",
                                              "[1,2,0]",
                                              "[[1],2]",
                                              "[1,[2]]",
                                              "[[1,2]]",
                                              "{\"a\":1}",
                                              "{\"a\":2}",
                                              "{\"b\":1}",
                                              "{\"a\":\"b\"}",
                                              "{\"b\":\"a\"}",
                                              "[\"a\",\"b\"]",
                                              "[\"ab\"]",
                                              "[\"a\\u0000b\"]",
                                              "{\"a\":1,\"b\":2}",
                                              "{\"a\":2,\"b\":1}",
                                              "{\"a\":{\"b\":1}}",
                                              "{\"a\":null}",
                                              "{\"a\":null,\"b\":null}",
                                              "1.5",
                                              "0.1",
                                              "0.10000000000000002",
                                              "1e300",
                                              "-1e300",
                                              "1e19",
                                              "9223372036854775807",
                                              "9223372036854775808",
                                              "-9223372036854775808",
                                              "18446744073709551615",
                                              "18446744073709551616.0",
                                              "9007199254740993",
                                              "9007199254740992",
                                              "5e-324",
                                              "\"a\"",
                                              "\"A\"",
                                              "\"\\u00e9\"",
                                              "\"e\\u0301\"",
                                              "{\"a\":[1,2]}",
                                              "{\"a\":[1],\"b\":[2]}"};
  std::map<uint64_t, std::string> seen;
  for (const std::string& text : different) {
    const auto [it, fresh] = seen.emplace(HashOf(text), text);
    EXPECT_TRUE(fresh) << text << " and " << it->second;
  }
}

TEST(ContentHash, IsKeyed) {
  const HashKey other("0123456789abcdef0123456789abcdeX");
  for (const char* text : {"null", "1", "-1", "1.5", "\"a\"", "[]", "{}", "true"}) {
    EXPECT_NE(HashOf(text), HashOf(text, other)) << text;
  }
}

TEST(ContentHash, IsWhatTheReferenceSays) {
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    RandomJson random(seed);
    const JsonValue value = random.Value(4);
    const std::string text = random.Write(value);
    ASSERT_EQ(HashOf(text), ReferenceHash(kKey, value)) << "seed " << seed << ": " << text;
    ASSERT_EQ(HashOf(random.Write(value)), HashOf(text)) << "seed " << seed << ": " << text;
  }
}

TEST(ContentHash, IsEqualExactlyWhenTheValuesAre) {
  std::map<uint64_t, std::string> seen;
  size_t equal = 0;
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    RandomJson random(seed);
    const JsonValue value = random.Value(2);
    const auto [it, fresh] = seen.emplace(HashOf(random.Write(value)), Canonical(value));
    EXPECT_EQ(it->second, Canonical(value)) << "seed " << seed;
    equal += fresh ? 0 : 1;
  }
  EXPECT_GT(equal, 100U);  // small values do come up again
}

// Stores remember these for ever: a change needs a new kContentHashVersion.
TEST(ContentHash, HasGoldenValues) {
  EXPECT_EQ(kContentHashVersion, 1U);
  const std::vector<std::pair<const char*, uint64_t>> golden = {
      {"null", 0xa07e5400609a7578},
      {"true", 0xc6d361861f2333f7},
      {"false", 0xa227485690ef74b8},
      {"0", 0xf54c97de5643a782},
      {"1", 0xecac40b65699b5ab},
      {"-1", 0x5b3b519082ad0e70},
      {"18446744073709551615", 0xe68cc7de560b47e4},
      {"1.5", 0x6fe0ce3c7a590475},
      {"1e300", 0xfc1cd853d81ac801},
      {"\"\"", 0xc0fa1de17332773a},
      {"\"a\"", 0xfc43e2b525191774},
      {"[]", 0x6d473c2281197007},
      {"[1]", 0x4e9d4f99df4e8c38},
      {"[1,2]", 0x7528ceb6b926ca18},
      {"{}", 0x3ff39d6db28c8c86},
      {"{\"a\":1}", 0x5897f7240549ba5c},
      {R"({"temperature":29.5,"tags":["a",null,true]})", 0xf9b5a1f59cddf118},
  };
  for (const auto& [text, hash] : golden) EXPECT_EQ(HashOf(text), hash) << text;

  const ContentHasher hasher(kKey);
  ObjectHash members;
  members.Add(hasher.Member(hasher.Text("source"), hasher.String("sensor_A")));
  EXPECT_EQ(hasher.Content(members).value, 0x1c709133584cU);
  EXPECT_EQ(hasher.Content(members).value,
            ReferenceContent(kKey, {{"source", JsonValue{std::string("sensor_A")}}}));
}

}  // namespace
}  // namespace oncelog::event
