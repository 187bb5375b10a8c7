#include "app/client/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <sstream>

namespace oncelog::app {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Plays back answers and notes what was sent and how long was waited.
class PublisherTest : public ::testing::Test {
 protected:
  using Answer = Result<net::ClientResponse>;

  static Answer Status200(const std::string& body) { return net::ClientResponse{200, {}, body}; }
  static Answer Accepted(int count) {
    return Status200("{\"status\":\"ok\",\"received\":" + std::to_string(count) +
                     ",\"accepted\":" + std::to_string(count) + ",\"duplicates\":0}");
  }
  static Answer Refusal(int status, const std::string& body, std::vector<net::Field> fields = {}) {
    return net::ClientResponse{status, std::move(fields), body};
  }
  static Answer Reset() { return Error(Code::kIo, "connection reset"); }

  Status Publish(const std::string& input, PublisherOptions options = {}) {
    std::istringstream in(input);
    EventReader reader(in, InputFormat::kAuto);
    const RetryPolicy policy(
        {.base = milliseconds(100), .total = std::chrono::seconds(30)}, [this] { return now_; },
        [] { return 0.5; });
    Sender sender(
        [this](const ClientRequest& request) {
          targets_.push_back(request.target);
          bodies_.emplace_back(request.body);
          if (answers_.empty()) return Answer(Error(Code::kIo, "connection refused"));
          Answer answer = std::move(answers_.front());
          answers_.pop_front();
          return answer;
        },
        policy,
        [this](milliseconds wait) {
          now_ += wait;
          waited_ += wait;
        },
        [this](std::string_view) { ++notices_; });
    Publisher publisher(reader, sender, options);
    Status status = publisher.Run();
    tally_ = publisher.tally();
    remarks_ = publisher.remarks();
    retries_ = sender.retries();
    return status;
  }

  std::deque<Answer> answers_;
  std::vector<std::string> targets_;
  std::vector<std::string> bodies_;
  Tally tally_;
  std::vector<std::string> remarks_;
  uint64_t retries_ = 0;
  int notices_ = 0;
  milliseconds now_{0};
  milliseconds waited_{0};
};

TEST_F(PublisherTest, SendsBatchesInOrder) {
  answers_ = {Accepted(2), Accepted(1)};
  ASSERT_TRUE(Publish("{\"a\":1}\n{\"b\":1}\n{\"c\":1}\n", {.batch_events = 2}).ok());
  EXPECT_THAT(bodies_, ElementsAre("{\"a\":1}\n{\"b\":1}\n", "{\"c\":1}\n"));
  EXPECT_THAT(targets_, ElementsAre("/publish", "/publish"));
  EXPECT_EQ(tally_.accepted, 3U);
}

TEST_F(PublisherTest, ClosesABatchByItsBytes) {
  answers_ = {Accepted(1), Accepted(1)};
  ASSERT_TRUE(Publish("{\"a\":1}\n{\"b\":1}\n", {.batch_bytes = 1}).ok());
  EXPECT_EQ(bodies_.size(), 2U);
}

TEST_F(PublisherTest, NothingToSendSendsNothing) {
  ASSERT_TRUE(Publish("").ok());
  EXPECT_TRUE(bodies_.empty());
}

TEST_F(PublisherTest, RetriesTheSameBytesUntilThereIsAVerdict) {
  answers_ = {Reset(),          Refusal(503, "{}"),
              Refusal(507, ""), Refusal(408, ""),
              Refusal(500, ""), Status200("{\"received\":2,\"accepted\":0,\"duplicates\":2}")};
  ASSERT_TRUE(Publish("{\"a\":1}\n{\"b\":1}\n").ok());
  ASSERT_EQ(bodies_.size(), 6U);
  for (const std::string& body : bodies_) EXPECT_EQ(body, bodies_.front());
  EXPECT_EQ(retries_, 5U);
  EXPECT_EQ(notices_, 1) << "people are told once for each request";
  EXPECT_EQ(tally_.duplicates, 2U);
  EXPECT_EQ(tally_.sent(), 2U);
}

TEST_F(PublisherTest, WaitsAtLeastRetryAfter) {
  answers_ = {Refusal(503, "{}", {{"Retry-After", "4"}}), Accepted(1)};
  ASSERT_TRUE(Publish("{}\n").ok());
  EXPECT_GE(waited_, milliseconds(4000));
}

TEST_F(PublisherTest, WaitsUntilTheDateOfRetryAfter) {
  answers_ = {Refusal(503, "{}",
                      {{"Date", "Wed, 22 Oct 2025 10:00:00 GMT"},
                       {"Retry-After", "Wed, 22 Oct 2025 10:00:06 GMT"}}),
              Accepted(1)};
  ASSERT_TRUE(Publish("{}\n").ok());
  EXPECT_GE(waited_, milliseconds(6000));
  EXPECT_LT(waited_, milliseconds(7000));
}

TEST_F(PublisherTest, DoesNotRepeatWhatStaysRefused) {
  answers_ = {Refusal(507, R"({"error":"too_many_topics","detail":"1,000,000"})")};
  const Status status = Publish("{}\n");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message(), HasSubstr("too_many_topics"));
  EXPECT_EQ(bodies_.size(), 1U);
  answers_ = {Refusal(507, R"({"error":"disk_full"})"), Accepted(1)};
  EXPECT_TRUE(Publish("{}\n").ok());
}

TEST_F(PublisherTest, GivesUpInTheEnd) {
  EXPECT_EQ(Publish("{}\n").error().code(), Code::kIo);
  EXPECT_LE(waited_, std::chrono::seconds(30));
  EXPECT_EQ(tally_.sent(), 0U);
}

TEST_F(PublisherTest, ARefusalStopsWithTheServersWords) {
  answers_ = {Accepted(1),
              Refusal(413, R"({"title":"Too large","error":"body_too_large","detail":"40 MiB"})")};
  const Status status = Publish("{}\n{}\n{}\n", {.batch_events = 1});
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message(),
              AllOf(HasSubstr("413"), HasSubstr("body_too_large"), HasSubstr("40 MiB")));
  EXPECT_EQ(bodies_.size(), 2U);
  EXPECT_EQ(retries_, 0U);
  EXPECT_EQ(tally_.accepted, 1U);
}

TEST_F(PublisherTest, InvalidEventsAreNamedByTheirLine) {
  answers_ = {Accepted(2),
              Refusal(400, R"({"error":"invalid_event","errors":[{"index":1,"event_id":"x",)"
                           R"("field":"topic","reason":"missing","detail":"there is none"}]})")};
  ASSERT_FALSE(Publish("{}\n\n{}\n{}\n{}\n", {.batch_events = 2}).ok());
  ASSERT_EQ(remarks_.size(), 1U);
  EXPECT_THAT(remarks_[0],
              AllOf(HasSubstr("line 5"), HasSubstr("topic"), HasSubstr("there is none")));
  EXPECT_EQ(tally_.refused(), 1U);
}

TEST_F(PublisherTest, SkippingAsksForItAndGoesOn) {
  answers_ = {
      Status200(
          R"({"status":"partial","received":2,"accepted":0,"conflicts":1,"invalid":1,)"
          R"("results":[{"index":0,"status":"invalid","field":"","reason":"not_json"},)"
          R"({"index":1,"topic":"t","event_id":"b\u001b[2J","status":"conflict","sequence":7}]})"),
      Accepted(1)};
  ASSERT_TRUE(Publish("x\n{}\n{}\n", {.batch_events = 2, .skip_invalid = true}).ok());
  EXPECT_EQ(targets_.front(), "/publish?on_invalid=skip");
  EXPECT_EQ(tally_.refused(), 2U);
  EXPECT_EQ(tally_.accepted, 1U);
  EXPECT_THAT(remarks_, ElementsAre(AllOf(HasSubstr("line 1"), HasSubstr("not_json")),
                                    AllOf(HasSubstr("line 2 conflicts"), HasSubstr("topic t"),
                                          HasSubstr("7"))));
  EXPECT_EQ(remarks_[1].find('\x1b'), std::string::npos) << "ids cannot play with the terminal";
}

TEST_F(PublisherTest, AnEventTooLongToSendIsLikeAnyInvalidOne) {
  const std::string input = "{}\n" + std::string(40 << 20, 'x') + "\n{}\n";
  answers_ = {Accepted(2)};
  ASSERT_TRUE(Publish(input, {.skip_invalid = true}).ok());
  EXPECT_THAT(bodies_, ElementsAre("{}\n{}\n"));
  EXPECT_EQ(tally_.accepted, 2U);
  EXPECT_EQ(tally_.invalid, 1U);
  EXPECT_THAT(remarks_, ElementsAre(HasSubstr("line 2 is invalid")));
  bodies_.clear();
  answers_ = {Accepted(1)};
  EXPECT_EQ(Publish(input).error().code(), Code::kTooLarge);
  EXPECT_THAT(bodies_, ElementsAre("{}\n")) << "what stands before it is sent";
}

TEST_F(PublisherTest, BelievesOnlyAnAnswerAboutItsBatch) {
  for (const char* body : {"<html>ok</html>", "{}", "{\"received\":3,\"accepted\":3}"}) {
    answers_ = {Status200(body)};
    EXPECT_EQ(Publish("{}\n").error().code(), Code::kIo) << body;
    EXPECT_EQ(tally_.sent(), 0U);
  }
}

TEST_F(PublisherTest, SendsWhatStandsBeforeABrokenPlace) {
  answers_ = {Accepted(2)};
  EXPECT_EQ(Publish("[{},{} oops").error().code(), Code::kInvalid);
  EXPECT_EQ(tally_.accepted, 2U);
}

}  // namespace
}  // namespace oncelog::app
