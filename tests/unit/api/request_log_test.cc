#include "api/request_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace oncelog::api {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RequestLogTest : public testing::Test {
 protected:
  static net::Response Response(int status, std::string_view error, std::string detail) {
    net::Response response;
    response.status = status;
    response.error = error;
    response.detail = std::move(detail);
    return response;
  }
  void Answer(RequestLog& log, int status, milliseconds at) {
    log.Answered({"id-1", "GET", "/stats"}, Response(status, "busy", "why"), milliseconds(2),
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
  log.Answered({"id-7", "POST", "/publish"}, Response(503, "busy", "the queue\nis full"),
               milliseconds(2));
  log.Answered({"id-8", "GET", "/a\xc2\x9b\xe2"}, Response(200, "", "no failure"), milliseconds(1));
  log.Answered({"id-9", "", ""}, Response(503, "overloaded", ""), {});
  EXPECT_THAT(failures_, ElementsAre("answered status=503 error=busy method=POST path=\"/publish\" "
                                     "request_id=id-7 ms=2.0: the queue?is full",
                                     EndsWith("method=- path=\"\" request_id=id-9 ms=0.0")));
  EXPECT_THAT(others_, ElementsAre(AllOf(HasSubstr("status=200 error=- method=GET"),
                                         HasSubstr("path=\"/a??\""), EndsWith("ms=1.0"))));
}

TEST_F(RequestLogTest, AReasonOfAnyLengthIsCut) {
  RequestLog log({to_failures_, {}});
  for (const size_t bytes : {RequestLog::kDetailBytesMax, RequestLog::kDetailBytesMax + 1}) {
    log.Answered({"id-1", "GET", "/stats"}, Response(500, "damaged", std::string(bytes, 'x')), {});
  }
  const std::string whole(RequestLog::kDetailBytesMax, 'x');
  EXPECT_THAT(failures_, ElementsAre(EndsWith(": " + whole), EndsWith(": " + whole + "…")));
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
  EXPECT_THAT(failures_.back(), EndsWith(": why"));
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
