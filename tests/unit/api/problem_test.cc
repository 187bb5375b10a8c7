#include "api/problem.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/unit/api/fakes.h"

namespace oncelog::api {
namespace {

TEST(ErrorTableTest, EveryCodeIsThereOnceAndSaysWhatToDo) {
  std::set<std::string_view> codes;
  for (const ErrorEntry& entry : ErrorTable()) {
    EXPECT_EQ(EntryOf(entry.id).code, entry.code);
    EXPECT_TRUE(codes.insert(entry.code).second) << entry.code;
    EXPECT_EQ(ErrorOfName(entry.code), entry.id);
    EXPECT_FALSE(entry.title.empty()) << entry.code;
    EXPECT_FALSE(entry.advice.empty()) << entry.code;
    EXPECT_EQ(entry.status >= 500, entry.stored != Stored::kNo) << entry.code;
  }
  EXPECT_EQ(ErrorTable().size(), kErrorCount);
  EXPECT_EQ(ErrorOfName("no such code"), std::nullopt);
}

TEST(ErrorTableTest, KnowsTheCodesOfTheHttpServer) {
  const std::pair<std::string_view, int> codes[] = {{"bad_request", 400},
                                                    {"timeout", 408},
                                                    {"body_too_large", 413},
                                                    {"target_too_long", 414},
                                                    {"expectation_failed", 417},
                                                    {"misdirected", 421},
                                                    {"header_too_large", 431},
                                                    {"internal", 500},
                                                    {"busy", 503},
                                                    {"overloaded", 503},
                                                    {"version_not_supported", 505}};
  for (const auto& [code, status] : codes) {
    const std::optional<ErrorId> id = ErrorOfName(code);
    ASSERT_TRUE(id) << code;
    EXPECT_EQ(EntryOf(*id).status, status) << code;
  }
}

TEST(ErrorTableTest, StoreErrorsKeepTheirPromises) {
  struct Expected {
    Code code;
    int status;
    Stored stored;
  };
  for (const Expected& want : {Expected{Code::kBusy, 503, Stored::kSaidNo},
                               Expected{Code::kDiskFull, 507, Stored::kSaidNo},
                               Expected{Code::kTooManyTopics, 507, Stored::kSaidNo},
                               Expected{Code::kTooManyErased, 507, Stored::kSaidNo},
                               Expected{Code::kReadOnly, 503, Stored::kUnknown},
                               Expected{Code::kDamaged, 500, Stored::kSaidNo},
                               Expected{Code::kIo, 500, Stored::kUnknown}}) {
    const ErrorEntry& entry = EntryOf(ErrorOf(want.code));
    EXPECT_EQ(entry.status, want.status) << entry.code;
    EXPECT_EQ(entry.stored, want.stored) << entry.code;
  }
}

TEST(ProblemTest, HasTheMembersOfRfc9457AndOurs) {
  const net::Response response = Answer(
      {.id = ErrorId::kBusy, .detail = "a \"detail\"", .members = ",\"more\":1"}, "request-7");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(FieldOf(response, "Retry-After"), "1");
  EXPECT_EQ(response.body,
            "{\"type\":\"/errors/busy\",\"title\":\"The server is busy\",\"status\":503,"
            "\"detail\":\"a \\\"detail\\\"\",\"error\":\"busy\",\"request_id\":\"request-7\","
            "\"stored\":\"no\",\"more\":1}\n");
}

TEST(ProblemTest, StoredIsSaidFor5xxOnly) {
  EXPECT_EQ(Answer({.id = ErrorId::kNotFound}, "").body.find("stored"), std::string::npos);
  EXPECT_NE(Answer({.id = ErrorId::kReadOnly}, "").body.find("\"stored\":\"unknown\""),
            std::string::npos);
  EXPECT_NE(Answer(ReadProblem({Code::kDamaged, "x"}), "").body.find("\"stored\":\"no\""),
            std::string::npos);
}

}  // namespace
}  // namespace oncelog::api
