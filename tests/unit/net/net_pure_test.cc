// The pure parts of net: texts, hosts, dates, heads, deadlines.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "net/deadline.h"
#include "net/host.h"
#include "net/request_id.h"
#include "net/response_writer.h"
#include "net/text.h"

namespace oncelog::net {
namespace {

TEST(Text, ComparesInAsciiOnly) {
  EXPECT_TRUE(EqualsIgnoringCase("Content-Length", "content-LENGTH"));
  EXPECT_FALSE(EqualsIgnoringCase("a", "ab"));
  EXPECT_FALSE(EqualsIgnoringCase("[", "{")) << "they differ in the bit that letters differ in";
  EXPECT_FALSE(EqualsIgnoringCase("\xc4", "\xe4"));
}

TEST(HostPolicy, OnLoopbackOnlyItsOwnNamesAreTaken) {
  const HostPolicy policy(true, {"oncelog.internal", "box:81"});
  for (const char* host :
       {"localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:1", "127.8.9.10:80", "[::1]",
        "[::1]:8080", "oncelog.internal", "Oncelog.Internal:9", "box:81"}) {
    EXPECT_TRUE(policy.Allows(host)) << host;
  }
  for (const char* host :
       {"example.com", "localhost.example.com", "127.0.0.2.example.com", "127.1", "127.0.0.256",
        "128.0.0.1", "[::2]", "box", "box:82", "internal", "localhost."}) {
    EXPECT_FALSE(policy.Allows(host)) << host;
  }
}

TEST(HostPolicy, ElsewhereOrWithAStarAllAreTaken) {
  EXPECT_TRUE(HostPolicy(false, {}).Allows("example.com"));
  EXPECT_TRUE(HostPolicy(true, {"*"}).Allows("example.com"));
}

TEST(ResponseWriter, WritesDates) {
  EXPECT_EQ(FormatHttpDate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(FormatHttpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

std::string Head(const Response& response, Framing framing = Framing::kSized, bool http10 = false,
                 bool close = false) {
  std::string head;
  AppendHead({.response = response,
              .date = "now",
              .request_id = "id",
              .framing = framing,
              .http10 = http10,
              .close = close},
             &head);
  return head;
}

TEST(ResponseWriter, WritesTheWholeHead) {
  EXPECT_EQ(Head({.status = 404, .fields = {{"Allow", "GET"}}, .body = "hello"}),
            "HTTP/1.1 404 Not Found\r\nServer: oncelog\r\nDate: now\r\nX-Request-Id: id\r\n"
            "Content-Type: application/json\r\nContent-Length: 5\r\nAllow: GET\r\n\r\n");
}

TEST(ResponseWriter, FramesByNeed) {
  EXPECT_NE(Head({}, Framing::kChunked).find("\r\nTransfer-Encoding: chunked\r\n"),
            std::string::npos);
  const std::string until_close = Head({}, Framing::kUntilClose, true, true);
  EXPECT_EQ(until_close.find("Content-Length"), std::string::npos);
  EXPECT_EQ(until_close.find("Transfer-Encoding"), std::string::npos);
  EXPECT_NE(until_close.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_NE(Head({}, Framing::kSized, true).find("\r\nConnection: keep-alive\r\n"),
            std::string::npos);
  for (const int status : {204, 304}) {
    EXPECT_EQ(Head({.status = status}).find("Content-"), std::string::npos) << status;
  }
}

TEST(ResponseWriter, AFieldCannotBreakOut) {
  const std::string head = Head({.fields = {{"A\r\nB", "c\r\nEvil: yes\r\n\r\nbody"}}});
  EXPECT_EQ(head.find("\r\nEvil"), std::string::npos);
  EXPECT_EQ(head.find("\r\n\r\n"), head.size() - 4);
}

TEST(RequestIdMaker, MakesSaneIdsThatDiffer) {
  RequestIdMaker ids;
  const std::string first = ids.Make();
  const std::string second = ids.Make();
  EXPECT_TRUE(IsSaneRequestId(first));
  EXPECT_NE(first, second);
  EXPECT_EQ(first.substr(0, 9), second.substr(0, 9));
  EXPECT_NE(first.substr(0, 9), RequestIdMaker().Make().substr(0, 9));
}

TEST(Deadline, ProgressBuysTimeAtTheRate) {
  using std::chrono::milliseconds;
  const Deadline::Clock::time_point start{};
  Deadline deadline;
  EXPECT_FALSE(deadline.Expired(start + milliseconds(1'000'000))) << "not running";
  deadline.Start(start, milliseconds(100), 1000);
  EXPECT_FALSE(deadline.Expired(start + milliseconds(100)));
  EXPECT_TRUE(deadline.Expired(start + milliseconds(101)));
  deadline.Progress(500);
  EXPECT_FALSE(deadline.Expired(start + milliseconds(600)));
  EXPECT_TRUE(deadline.Expired(start + milliseconds(601)));
  deadline.Start(start, milliseconds(100));
  deadline.Progress(1'000'000);
  EXPECT_TRUE(deadline.Expired(start + milliseconds(101))) << "without a rate it buys none";
  deadline.Clear();
  EXPECT_FALSE(deadline.Expired(start + milliseconds(1'000'000)));
}

}  // namespace
}  // namespace oncelog::net
