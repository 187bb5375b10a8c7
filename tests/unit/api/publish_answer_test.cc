#include "api/publish_answer.h"

#include <gtest/gtest.h>

#include "tests/unit/api/fakes.h"

namespace oncelog::api {
namespace {

using ingest::EventVerdict;
using ingest::Verdict;

// Builds batches as a Decoder would: ids as JSON tokens in the arena.
class BatchMaker {
 public:
  BatchMaker& Valid(const std::string& id_token) {
    const auto at = static_cast<uint32_t>(batch_.arena.size());
    batch_.arena += id_token;
    batch_.submissions.push_back(
        {.event_id = {at, static_cast<uint32_t>(id_token.size())}, .index = next_++});
    return *this;
  }
  BatchMaker& Invalid(const std::string& id_token, const std::string& reason = "missing") {
    batch_.invalid.push_back({.index = next_++,
                              .event_id = id_token,
                              .field = "topic",
                              .reason = reason,
                              .detail = "a \"topic\" is wanted"});
    return *this;
  }
  event::Batch Take() { return std::move(batch_); }

 private:
  event::Batch batch_;
  uint32_t next_ = 0;
};

std::string Body(const event::Batch& batch, const std::vector<EventVerdict>& verdicts,
                 bool minimal) {
  std::string body;
  AppendPublishAnswer(&body, batch, verdicts, minimal);
  return body;
}

TEST(PublishAnswerTest, OneResultPerSubmissionInOrder) {
  const event::Batch batch =
      BatchMaker().Invalid("").Valid(R"("a")").Invalid(R"("b\u0020")").Valid(R"("c\n")").Take();
  EXPECT_EQ(Body(batch, {{Verdict::kAccepted, {7}}, {Verdict::kConflict, {3}}}, false),
            R"({"status":"partial","received":4,"accepted":1,"duplicates":0,"conflicts":1,)"
            R"("invalid":2,"added_to_queue":1,"results":[)"
            R"({"index":0,"status":"invalid","field":"topic","reason":"missing",)"
            R"("detail":"a \"topic\" is wanted"},)"
            R"({"event_id":"a","status":"accepted","sequence":7},)"
            R"({"index":2,"event_id":"b\u0020","status":"invalid","field":"topic",)"
            R"("reason":"missing","detail":"a \"topic\" is wanted"},)"
            R"({"event_id":"c\n","status":"conflict","sequence":3}]})"
            "\n");
}

TEST(PublishAnswerTest, DuplicatesAreNoFault) {
  const event::Batch batch = BatchMaker().Valid(R"("a")").Valid(R"("a")").Take();
  EXPECT_EQ(Body(batch, {{Verdict::kAccepted, {1}}, {Verdict::kDuplicate, {1}}}, false),
            R"({"status":"ok","received":2,"accepted":1,"duplicates":1,"conflicts":0,)"
            R"("invalid":0,"added_to_queue":1,"results":[)"
            R"({"event_id":"a","status":"accepted","sequence":1},)"
            R"({"event_id":"a","status":"duplicate","sequence":1}]})"
            "\n");
}

TEST(PublishAnswerTest, MinimalKeepsTheOrderOfTheRequest) {
  const event::Batch batch = BatchMaker().Valid(R"("a")").Invalid("").Valid(R"("b")").Take();
  const std::string body =
      Body(batch, {{Verdict::kConflict, {1}}, {Verdict::kConflict, {2}}}, true);
  size_t last = 0;
  for (const char* index : {R"({"index":0,)", R"({"index":1,)", R"({"index":2,)"}) {
    const size_t at = body.find(index);
    ASSERT_NE(at, std::string::npos) << body;
    EXPECT_GT(at, last) << body;
    last = at;
  }
}

TEST(PublishAnswerTest, MinimalListsOnlyWhatWentWrong) {
  const event::Batch batch =
      BatchMaker().Valid(R"("a")").Valid(R"("b")").Valid(R"("c")").Invalid(R"("d")").Take();
  const std::string body = Body(
      batch,
      {{Verdict::kAccepted, {1}}, {Verdict::kDuplicate, {1}}, {Verdict::kConflict, {kSequenceMax}}},
      true);
  EXPECT_EQ(body.find(R"("event_id":"a")"), std::string::npos);
  EXPECT_EQ(body.find(R"("event_id":"b")"), std::string::npos);
  EXPECT_NE(body.find(R"({"index":2,"topic":"","event_id":"c","status":"conflict",)"
                      R"("sequence":1099511627775})"),
            std::string::npos);
  EXPECT_NE(body.find(R"("event_id":"d")"), std::string::npos);
  EXPECT_EQ(body.find("results_omitted"), std::string::npos);
}

TEST(PublishAnswerTest, MinimalListsAHundredAtMost) {
  BatchMaker maker;
  std::vector<EventVerdict> verdicts;
  for (size_t i = 0; i < kMinimalResultsMax; ++i) {
    maker.Valid(R"("x")");
    verdicts.push_back({Verdict::kConflict, {1}});
  }
  EXPECT_EQ(Body(maker.Take(), verdicts, true).find("results_omitted"), std::string::npos);

  BatchMaker more;
  more.Invalid("");
  for (size_t i = 0; i < kMinimalResultsMax; ++i) more.Valid(R"("x")");
  EXPECT_NE(Body(more.Take(), verdicts, true).find(R"("results_omitted":1})"), std::string::npos);
}

TEST(PublishAnswerTest, ARefusalListsEveryInvalidEvent) {
  constexpr size_t kInvalid = 10'000;
  BatchMaker maker;
  for (size_t i = 0; i < kInvalid; ++i) maker.Invalid("");
  const Problem problem = InvalidProblem(maker.Take());
  size_t listed = 0;
  for (size_t at = 0; (at = problem.members.find(R"({"index":)", at)) != std::string::npos; ++at) {
    ++listed;
  }
  EXPECT_EQ(listed, kInvalid);
  EXPECT_EQ(problem.id, ErrorId::kInvalidEvent);
  EXPECT_NE(problem.detail.find("event 0, topic"), std::string::npos);
}

TEST(PublishAnswerTest, AnEventThatIsTooLargeIs413) {
  EXPECT_EQ(InvalidProblem(BatchMaker().Invalid("").Invalid("", "too_large").Take()).id,
            ErrorId::kEventTooLarge);
}

}  // namespace
}  // namespace oncelog::api
