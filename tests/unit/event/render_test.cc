#include "event/render.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <random>
#include <string>

namespace oncelog::event {
namespace {

using namespace std::string_view_literals;

std::string Rendered(std::string_view json, uint64_t sequence, int64_t ms) {
  std::string out = "before";
  AppendEventJson(&out, json, Sequence{sequence}, UnixMs{ms});
  return out.substr(6);
}

TEST(AppendEventJson, AddsOursAsTheLastMembers) {
  EXPECT_EQ(Rendered(R"({"topic":"a"})", 7, 1'761'127'200'123),
            R"({"topic":"a","sequence":7,"received_at":"2025-10-22T10:00:00.123Z"})");
  EXPECT_EQ(
      Rendered(R"({ "topic" : 1.50 })", kSequenceMax, 0),
      R"({ "topic" : 1.50 ,"sequence":1099511627775,"received_at":"1970-01-01T00:00:00.000Z"})");
}

std::string Token(std::string_view text) {
  std::string out;
  AppendJsonString(&out, text);
  return out;
}

TEST(AppendJsonString, EscapesWhatJsonWants) {
  EXPECT_EQ(Token(""), "\"\"");
  EXPECT_EQ(Token("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(Token("\n\r\t\b\f\0\x1f\x7f"sv), R"("\n\r\t\u0008\u000c\u0000\u001f)"
                                             "\x7f\"");
  EXPECT_EQ(Token("ß東😀"), "\"ß東😀\"");
}

TEST(AppendJsonString, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(Token("a\xff"
                  "b\xe2\x82"),
            "\"a\ufffdb\ufffd\ufffd\"");
}

TEST(AppendJsonString, IsReadBackAsItWas) {
  std::mt19937_64 random(1);
  simdjson::dom::parser parser;
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (size_t i = random() % 40; i > 0; --i) {
      constexpr std::string_view kPieces[] = {"a", "\"",   "\\", "\n",   "ß",
                                              "😀", "\x01", "/",  "u0041"};
      text += kPieces[random() % std::size(kPieces)];
    }
    simdjson::dom::element element;
    ASSERT_EQ(parser.parse(simdjson::padded_string(Token(text))).get(element), simdjson::SUCCESS);
    EXPECT_EQ(std::string_view(element), text);
  }
}

}  // namespace
}  // namespace oncelog::event
