#include "event/json_check.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/event/random_json.h"

namespace oncelog::event {
namespace {

using namespace std::string_view_literals;

std::optional<JsonFault> FaultOf(std::string_view text, size_t depth_max = 65) {
  JsonDocument scratch;
  return FindFault(text, depth_max, &scratch);
}

void ExpectFault(std::string_view text, std::string_view reason, size_t at,
                 std::string_view field = "") {
  const std::optional<JsonFault> fault = FaultOf(text);
  ASSERT_TRUE(fault.has_value()) << text;
  EXPECT_EQ(fault->reason, reason) << text;
  EXPECT_EQ(fault->at, at) << text;
  EXPECT_EQ(fault->field, field) << text;
  EXPECT_FALSE(fault->detail.empty());
}

TEST(FindFault, FindsNoneInJson) {
  for (const char* text :
       {"{}", "[]", "0", "-0", "-1.5e+10", "1E5", "\"\"", R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")",
        "true", "false", "null", " [ 1 , { \"a\" : [ ] } ] ", "18446744073709551615",
        "-9223372036854775808", "1e308", "1e-999", "123456789012345678901234567890e-20"}) {
    EXPECT_FALSE(FaultOf(text).has_value()) << text;
  }
}

TEST(FindFault, PointsAtWhatIsNoJson) {
  for (const auto& [text, at] : std::vector<std::pair<std::string, size_t>>{
           {"", 0},         {" ", 1},         {"{", 1},         {"[", 1},           {"[1,]", 3},
           {"[1 2]", 3},    {"{\"a\"}", 4},   {"{\"a\":}", 5},  {"{\"a\":1,}", 7},  {"{a:1}", 1},
           {"{'a':1}", 1},  {"[1}", 2},       {"{\"a\":1]", 6}, {"tru", 0},         {"truex", 0},
           {"nul", 0},      {"01", 1},        {"1.", 2},        {".5", 0},          {"+1", 0},
           {"1e", 2},       {"1e+", 3},       {"-", 1},         {"-x", 1},          {"0x10", 1},
           {"\"a", 0},      {"[\"a]", 1},     {"\"\\q\"", 1},   {"\"\\u12g4\"", 1}, {"\"\\u12", 1},
           {"\"a\nb\"", 2}, {"1 2", 2},       {"{}{}", 2},      {"[]]", 2},         {"//x", 0},
           {"[1,,2]", 3},   {"undefined", 0}, {"nan", 0},       {"{\"a\":NaN", 8},  {"\xff", 0}}) {
    ExpectFault(text, "malformed_json", at);
  }
}

TEST(FindFault, NamesTheRuleThatIsBroken) {
  ExpectFault("{\"a\":{\"b\":[1,\"x\xff\"]}}", "invalid_utf8", 15, "a.b[1]");
  ExpectFault("{\"a\xc3\":1}", "invalid_utf8", 3);
  ExpectFault(R"({"a":"\ud800"})", "invalid_utf8", 6, "a");
  ExpectFault(R"({"a":"x\udc00\ud800"})", "invalid_utf8", 7, "a");
  ExpectFault(R"({"a":"\ud800\u0041"})", "invalid_utf8", 6, "a");
  ExpectFault(R"({"a":1,"b":{"c":18446744073709551616}})", "number_out_of_range", 16, "b.c");
  ExpectFault(R"([-9223372036854775809])", "number_out_of_range", 1, "[0]");
  ExpectFault(R"([1,{"a":[2,3,1e309]}])", "number_out_of_range", 13, "[1].a[2]");
  ExpectFault(R"([0.00000000000000000000000000000001e400])", "number_out_of_range", 1, "[0]");
  ExpectFault(R"({"a":NaN})", "not_a_number", 5, "a");
  ExpectFault(R"({"a":[Infinity]})", "not_a_number", 6, "a[0]");
  ExpectFault(R"({"a":-Infinity})", "not_a_number", 5, "a");
}

TEST(FindFault, GoesOnBehindABrokenRule) {
  ExpectFault(R"({"a":NaN,"b":1e999})", "not_a_number", 5, "a");
  ExpectFault(R"({"a":NaN,"b":})", "malformed_json", 13);
}

TEST(FindFault, BoundsTheDepth) {
  const auto nested = [](size_t depth) {
    return R"({"x":0,"payload":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_FALSE(FaultOf(nested(65)).has_value());
  ExpectFault(nested(66), "too_deep", 17 + 64, "payload");
  ExpectFault(nested(5000), "too_deep", 17 + 64, "payload");
}

TEST(FindFault, DoesNotRecurse) {
  ExpectFault(std::string(1 << 20, '['), "malformed_json", 1 << 20);
  ExpectFault(std::string(1 << 20, '{'), "malformed_json", 1);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  ExpectFault(objects, "malformed_json", objects.size());
}

TEST(FindFault, HandsOutTheEventIdIfThatIsInOrder) {
  EXPECT_EQ(FaultOf(R"({"event_id": "e\u0031", "x":NaN})")->event_id, R"("e\u0031")");
  EXPECT_EQ(FaultOf(R"({"x":NaN,"event_id":"e1"})")->event_id, R"("e1")");
  EXPECT_EQ(FaultOf("{\"x\":NaN,\"event_id\":\"e\xff\"}")->event_id, "");
  EXPECT_EQ(FaultOf(R"({"x":NaN,"event_id":"\ud800"})")->event_id, "");
  EXPECT_EQ(FaultOf(R"({"x":{"event_id":"e1"},"y":NaN})")->event_id, "");
  EXPECT_EQ(FaultOf(R"([{"event_id":"e1"},NaN])")->event_id, "");
  EXPECT_EQ(FaultOf(R"({"event_id":1,"y":NaN})")->event_id, "");
  EXPECT_EQ(FaultOf(R"({"event_id":"e1")")->event_id, R"("e1")");
}

// The two parsers must not differ: a text that one takes and the other does not would end as an
// event nobody can explain. Texts one byte away from JSON are where parsers differ.
TEST(FindFault, AgreesWithSimdjson) {
  JsonDocument document;
  size_t refused = 0;
  for (uint64_t seed = 1; seed <= 20'000; ++seed) {
    RandomJson random(seed);
    std::string text = random.Write(random.Value(3));
    for (size_t i = random.Below(3); i > 0; --i) {
      constexpr std::string_view kBytes = "{}[]\":,\\u0d8e.+-19 \n\x01\x80\xc3\xff\0NaNtrue"sv;
      const size_t at = random.Below(text.size() + 1);
      const char byte = kBytes[random.Below(kBytes.size())];
      switch (random.Below(3)) {
        case 0: text.insert(at, 1, byte); break;
        case 1: text.erase(at, 1); break;
        default:
          if (at < text.size()) text[at] = byte;
      }
    }
    text.reserve(text.size() + JsonDocument::kPaddingBytes);
    const bool taken = document.Parse(text) == JsonParse::kOk;
    ASSERT_EQ(FaultOf(text, 1000).has_value(), !taken) << "seed " << seed << ": " << text;
    refused += taken ? 0 : 1;
  }
  EXPECT_GT(refused, 5000U);
}

}  // namespace
}  // namespace oncelog::event
