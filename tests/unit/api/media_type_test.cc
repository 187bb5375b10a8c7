#include "api/media_type.h"

#include <gtest/gtest.h>

namespace oncelog::api {
namespace {

using event::BodyFormat;

TEST(MediaTypeTest, JsonAndNdjson) {
  for (const char* type :
       {"", "application/json", "Application/JSON", "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"", "application/json ; x=y",
        "application/cloudevents+json", "text/vnd.x+JSON;charset=utf8"}) {
    OrProblem<BodyFormat> format = BodyFormatOf(type);
    ASSERT_TRUE(format.ok()) << type;
    EXPECT_EQ(*format, BodyFormat::kJson);
  }
  for (const char* type : {"application/x-ndjson", "application/ndjson", "APPLICATION/jsonl",
                           "application/x-jsonlines", "application/x-ndjson; charset=utf-8"}) {
    OrProblem<BodyFormat> format = BodyFormatOf(type);
    ASSERT_TRUE(format.ok()) << type;
    EXPECT_EQ(*format, BodyFormat::kNdjson);
  }
}

TEST(MediaTypeTest, OthersAreRefusedWithTheHeaderToAdd) {
  for (const char* type :
       {"application/x-www-form-urlencoded", "text/plain", "json", "+json", "application/jsonp",
        "application/json; charset=latin1", "multipart/form-data; boundary=x", ";", "\xff"}) {
    OrProblem<BodyFormat> format = BodyFormatOf(type);
    ASSERT_FALSE(format.ok()) << type;
    EXPECT_EQ(format.problem().id, ErrorId::kUnsupportedMediaType);
    EXPECT_NE(format.problem().detail.find("-H 'Content-Type: application/json'"),
              std::string::npos);
  }
}

TEST(MediaTypeTest, AcceptNamesNdjson) {
  EXPECT_TRUE(PrefersNdjson("application/x-ndjson"));
  EXPECT_TRUE(PrefersNdjson("text/html, application/x-ndjson;q=0.9, */*;q=0.8"));
  EXPECT_TRUE(PrefersNdjson("application/jsonl"));
  EXPECT_FALSE(PrefersNdjson(""));
  EXPECT_FALSE(PrefersNdjson("*/*"));
  EXPECT_FALSE(PrefersNdjson("application/json"));
  EXPECT_FALSE(PrefersNdjson("application/x-ndjson;q=0"));
  EXPECT_FALSE(PrefersNdjson("application/x-ndjson; q=0.000"));
}

TEST(MediaTypeTest, TheHeavierOneOfJsonAndNdjson) {
  EXPECT_TRUE(PrefersNdjson("application/json, application/x-ndjson"));
  EXPECT_TRUE(PrefersNdjson("application/json;q=0.9, application/x-ndjson"));
  EXPECT_TRUE(PrefersNdjson("application/x-ndjson;q=0.5, application/json;q=0.4, */*"));
  EXPECT_TRUE(PrefersNdjson("application/x-ndjson;q=0.001, application/json;q=0"));
  EXPECT_TRUE(PrefersNdjson("application/x-ndjson;q=0.1, application/jsonl;q=0.8, */*;q=0.7"));
  EXPECT_TRUE(PrefersNdjson("application/x-ndjson;q=much"));
  EXPECT_FALSE(PrefersNdjson("application/x-ndjson;q=0.5, application/json"));
  EXPECT_FALSE(
      PrefersNdjson("application/json; charset=utf-8; q=0.51, APPLICATION/X-NDJSON; Q=0.5"));
  EXPECT_FALSE(PrefersNdjson("application/x-ndjson;q=0.5, */*"));
  EXPECT_FALSE(PrefersNdjson("application/x-ndjson;q=0.5, application/*;q=0.6, */*;q=0.1"));
}

TEST(MediaTypeTest, PreferMinimal) {
  EXPECT_TRUE(PrefersMinimal("return=minimal"));
  EXPECT_TRUE(PrefersMinimal("respond-async, Return = \"minimal\"; x=1"));
  EXPECT_FALSE(PrefersMinimal(""));
  EXPECT_FALSE(PrefersMinimal("minimal"));
  EXPECT_FALSE(PrefersMinimal("return=representation"));
  EXPECT_FALSE(PrefersMinimal("return=representation, return=minimal"));
}

}  // namespace
}  // namespace oncelog::api
