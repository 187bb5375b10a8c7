#include "api/query_params.h"

#include <gtest/gtest.h>

#include "api/percent.h"

namespace oncelog::api {
namespace {

TEST(PercentTest, DecodesStrictly) {
  EXPECT_EQ(PercentDecode("a%2Fb%2f%c3%A9+", PlusIs::kPlus), "a/b/é+");
  EXPECT_EQ(PercentDecode("a+b%2B", PlusIs::kSpace), "a b+");
  EXPECT_EQ(PercentDecode("", PlusIs::kSpace), "");
  for (const char* bad : {"%", "%4", "a%4", "%g0", "%0g", "%%20", "% 1", "%+1"}) {
    EXPECT_EQ(PercentDecode(bad, PlusIs::kPlus), std::nullopt) << bad;
  }
}

TEST(PercentTest, WantsUtf8) {
  EXPECT_TRUE(PercentDecode("%F0%9F%8E%89", PlusIs::kPlus));
  for (const char* bad : {"%ff", "%C3", "%C0%80", "%ED%A0%80", "%F4%90%80%80", "\xff"}) {
    EXPECT_EQ(PercentDecode(bad, PlusIs::kPlus), std::nullopt) << bad;
  }
}

ErrorId ProblemOf(std::string_view query) {
  OrProblem<QueryParams> params = QueryParams::Parse(query, {"topic", "limit"});
  return params.ok() ? ErrorId::kInternal : params.problem().id;
}

TEST(QueryParamsTest, ParsesNamesAndValues) {
  OrProblem<QueryParams> params =
      QueryParams::Parse("&topic=a%26b+c&&limit=7&", {"topic", "limit", "order"});
  ASSERT_TRUE(params.ok());
  ASSERT_NE(params->Find("topic"), nullptr);
  EXPECT_EQ(*params->Find("topic"), "a&b c");
  EXPECT_EQ(*params->Find("limit"), "7");
  EXPECT_EQ(params->Find("order"), nullptr);
}

TEST(QueryParamsTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(ProblemOf("topics=a"), ErrorId::kUnknownParameter);
  EXPECT_EQ(ProblemOf("Topic=a"), ErrorId::kUnknownParameter);
  EXPECT_EQ(ProblemOf("=a"), ErrorId::kUnknownParameter);
  EXPECT_EQ(ProblemOf("%ff=a"), ErrorId::kUnknownParameter);
  EXPECT_EQ(ProblemOf("topic=a&topic=a"), ErrorId::kBadParameter);
  EXPECT_EQ(ProblemOf("topic=%zz"), ErrorId::kBadParameter);
  EXPECT_EQ(ProblemOf("topic=%ff"), ErrorId::kBadParameter);
}

TEST(QueryParamsTest, IntegersHaveBoundsAndNothingBehindThem) {
  const IntegerRule rule{.min = 1, .max = 10'000, .otherwise = 1000};
  const auto parse = [&](const std::string& value) {
    OrProblem<QueryParams> params = QueryParams::Parse("limit=" + value, {"limit"});
    OrProblem<uint64_t> number = params->Integer("limit", rule);
    return number.ok() ? *number : 0;
  };
  EXPECT_EQ(parse("1"), 1U);
  EXPECT_EQ(parse("10000"), 10'000U);
  for (const char* bad : {"0", "10001", "-1", "%2B1", "1.0", "1e3", "", "%201", "0x1", "abc",
                          "99999999999999999999999"}) {
    EXPECT_EQ(parse(bad), 0U) << bad;
  }
  OrProblem<QueryParams> none = QueryParams::Parse("", {"limit"});
  EXPECT_EQ(*none->Integer("limit", rule), 1000U);
}

TEST(QueryParamsTest, WordsAndNames) {
  OrProblem<QueryParams> params = QueryParams::Parse(
      "a=two&b=three&c=" + std::string(255, 'x') + "&d=" + std::string(256, 'x') + "&e=&f=a%00b&g",
      {"a", "b", "c", "d", "e", "f", "g"});
  ASSERT_TRUE(params.ok());
  EXPECT_EQ(*params->Word("a", {"one", "two"}), 1U);
  EXPECT_EQ(*params->Word("z", {"one", "two"}), 0U);
  EXPECT_EQ(params->Word("b", {"one", "two"}).problem().id, ErrorId::kBadParameter);
  EXPECT_TRUE(params->Name("c")->has_value());
  EXPECT_FALSE(params->Name("z")->has_value());
  for (const char* bad : {"d", "e", "f", "g"}) {
    OrProblem<std::optional<std::string>> name = params->Name(bad);
    ASSERT_FALSE(name.ok()) << bad;
    EXPECT_EQ(name.problem().id, ErrorId::kBadParameter);
    EXPECT_NE(name.problem().detail.find(bad), std::string::npos);
  }
}

TEST(QueryParamsTest, ASpaceBeforeTheOffsetIsAPlus) {
  const auto parse = [](std::string_view value) {
    OrProblem<QueryParams> params = QueryParams::Parse("from=" + std::string(value), {"from"});
    OrProblem<std::optional<Instant>> at = params->Time("from");
    return at.ok() ? *at : std::nullopt;
  };
  const auto utc = parse("2025-10-22T08:00:00Z");
  ASSERT_TRUE(utc);
  EXPECT_EQ(parse("2025-10-22T10:00:00+02:00"), utc);
  EXPECT_EQ(parse("2025-10-22T10:00:00%2B02:00"), utc);
  EXPECT_EQ(parse("2025-10-22+10:00:00+02:00"), utc);
  EXPECT_EQ(parse("2025-10-22%2008:00:00"), utc);
  EXPECT_EQ(parse("2025-10-22T06:00:00-02:00"), utc);
  for (const char* bad : {"", "yesterday", "2025-10-22", "2025-02-30T00:00:00Z", "1761120000",
                          "2025-10-22T10:00:00++02:00"}) {
    EXPECT_EQ(parse(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace oncelog::api
