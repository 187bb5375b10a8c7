#include "api/request_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace oncelog::api {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RequestLogTest : public testing::Test {
 protected:
  void Answer(RequestLog& log, int status, milliseconds at) {
    log.Answered({"id-1", "GET", "/stats"}, status, "busy", milliseconds(2),
                 RequestLog::Clock::time_point(at));
  }
  std::vector<std::string> failures_;
  std::vector<std::string> others_;
  RequestLogSinks::Sink to_failures_ = [this](const std::string& line) {
    failures_.push_back(line);
  };
  RequestLogSinks::Sink to_others_ = [this](const std::string& line) { others_.push_back(line); };
};

TEST_F(RequestLogTest, SaysWhoAskedForWhatAndHowItEnded) {
  RequestLog log({to_failures_, to_others_});
  log.Answered({"id-7", "POST", "/publish"}, 503, "busy", milliseconds(2));
  log.Answered({"id-8", "GET", "/a\xc2\x9b\xe2"}, 200, "", milliseconds(1));
  log.Answered({"id-9", "", ""}, 503, "overloaded", {});
  EXPECT_THAT(failures_, ElementsAre("answered status=503 error=busy method=POST path=\"/publish\" "
                                     "request_id=id-7 ms=2.0",
                                     HasSubstr("method=- path=\"\" request_id=id-9")));
  EXPECT_THAT(others_, ElementsAre(AllOf(HasSubstr("status=200 error=- method=GET"),
                                         HasSubstr("path=\"/a??\""))));
}

TEST_F(RequestLogTest, AFloodIsCountedNotWritten) {
  RequestLog log({to_failures_, {}});
  for (uint64_t i = 0; i < RequestLog::kFailuresPerSecond + 5; ++i) {
    Answer(log, 503, milliseconds(10'000 + i));
  }
  EXPECT_THAT(failures_, SizeIs(RequestLog::kFailuresPerSecond));
  Answer(log, 503, milliseconds(11'001));
  Answer(log, 503, milliseconds(11'002));
  ASSERT_THAT(failures_, SizeIs(RequestLog::kFailuresPerSecond + 2));
  EXPECT_THAT(failures_[RequestLog::kFailuresPerSecond], HasSubstr("before it, 5 such answers"));
  EXPECT_EQ(failures_.back().find("before it"), std::string::npos);
}

TEST_F(RequestLogTest, OtherAnswersAreToldOnlyIfAskedFor) {
  RequestLog log({to_failures_, {}});
  Answer(log, 200, milliseconds(1));
  Answer(log, 499, milliseconds(1));
  Answer(log, 501, milliseconds(1));  // what a client asks in vain is no failure of the server
  Answer(log, 505, milliseconds(1));
  EXPECT_THAT(failures_, SizeIs(0));
}

}  // namespace
}  // namespace oncelog::api
