#include "event/json_split.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/event/random_json.h"

namespace oncelog::event {
namespace {

TEST(JsonSplitter, TakesWhatLooksLikeOneValue) {
  const auto first = [](std::string_view text) { return JsonSplitter(text).TakeValue(); };
  EXPECT_EQ(first(R"( {"a":"}","b":[1,{}]} , 2)"), R"({"a":"}","b":[1,{}]})");
  EXPECT_EQ(first(R"("a\"b]",2)"), R"("a\"b]")");
  EXPECT_EQ(first("NaN ,2"), "NaN");
  EXPECT_EQ(first("-1e5]"), "-1e5");
  EXPECT_EQ(first("[}x"), "[}");
  EXPECT_EQ(first("{\"a\":[1,2"), "{\"a\":[1,2");
  EXPECT_EQ(first("\"open\\"), "\"open\\");
  EXPECT_EQ(first("\"open\\\""), "\"open\\\"");
  for (const char* none : {"", "  ", ",1", "]", "}", ":"}) EXPECT_EQ(first(none), "") << none;
}

TEST(JsonSplitter, CutsAnyArrayIntoItsElements) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    RandomJson random(seed);
    std::vector<std::string> elements;
    std::string text = random.Space() + "[" + random.Space();
    for (size_t i = random.Below(6) + 1; i > 0; --i) {
      elements.push_back(random.Write(random.Value(3)));
      text += elements.back() + random.Space() + (i > 1 ? "," : "]") + random.Space();
    }
    JsonSplitter in(text);
    ASSERT_TRUE(in.Take('['));
    for (size_t i = 0; i < elements.size(); ++i) {
      ASSERT_EQ(in.TakeValue(), elements[i]) << "seed " << seed;
      ASSERT_EQ(in.Take(','), i + 1 < elements.size());
    }
    EXPECT_TRUE(in.Take(']'));
    EXPECT_TRUE(in.AtEnd());
  }
}

TEST(FindMemberArray, LooksOnlyAtTheTopLevel) {
  EXPECT_EQ(FindMemberArray(R"({"a":{"events":[1]},"events" : [ 2 ],"b":3})", "\"events\""),
            "[ 2 ]");
  EXPECT_EQ(FindMemberArray(R"({"a":{"events":[1]}})", "\"events\""), std::nullopt);
  EXPECT_EQ(FindMemberArray(R"({"events":{"a":[]}})", "\"events\""), std::nullopt);
  EXPECT_EQ(FindMemberArray(R"(["events"])", "\"events\""), std::nullopt);
  EXPECT_EQ(FindMemberArray("{", "\"events\""), std::nullopt);
  EXPECT_EQ(FindMemberArray("{}", "\"events\""), std::nullopt);
}

TEST(TrimSpace, TakesJsonsFourAndNoOther) {
  EXPECT_EQ(TrimSpace(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(TrimSpace("\va\f"), "\va\f");
  EXPECT_EQ(TrimSpace(" \n"), "");
}

}  // namespace
}  // namespace oncelog::event
