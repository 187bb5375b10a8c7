#include "app/simulate/judge.h"

#include <gtest/gtest.h>

namespace oncelog::app::simulate {
namespace {

class JudgeTest : public ::testing::Test {
 protected:
  static Options OneTopic() {
    return {.seed = 7, .run = "t", .events = 200, .duplicates = 0, .topics = 1};
  }

  // The n-th event that only one publisher sends, or that others send, too.
  uint64_t Own(int nth) const { return Find(nth, false); }
  uint64_t Shared(int nth) const { return Find(nth, true); }

  static SubmissionResult Said(const Submission& submission, Verdict verdict, uint64_t sequence) {
    return {Workload::EventId(submission.event), verdict, sequence};
  }
  void Take(const std::vector<Submission>& batch, const std::vector<SubmissionResult>& results,
            bool maybe_stored_before = false) {
    PublishAnswer answer;
    answer.has_results = true;
    answer.results = results;
    judge_.Take(batch, maybe_stored_before, answer);
  }
  // One submission, one verdict.
  void TakeOne(const Submission& submission, Verdict verdict, uint64_t sequence,
               bool maybe_stored_before = false) {
    Take({submission}, {Said(submission, verdict, sequence)}, maybe_stored_before);
  }
  void ExpectOnly(Breach breach) const {
    EXPECT_EQ(findings_.count(breach), 1U);
    EXPECT_EQ(findings_.total(), 1U);
  }

  const Options options_ = OneTopic();
  const Workload workload_{options_};
  Ledger ledger_{workload_.fresh()};
  Findings findings_;
  Judge judge_{workload_, ledger_, findings_};

 private:
  uint64_t Find(int nth, bool shared) const {
    for (uint64_t event = 0;; ++event) {
      if (workload_.IsShared(event) == shared && nth-- == 0) return event;
    }
  }
};

TEST_F(JudgeTest, TrueVerdictsAreNoFindings) {
  const Submission a{.event = Own(0)};
  const Submission b{.event = Own(1)};
  const Submission copy{.event = Own(0), .stamp = 3, .kind = Kind::kCopy};
  const Submission conflict{.event = Own(0), .stamp = 4, .kind = Kind::kConflict};
  const Submission invalid{.event = 5, .kind = Kind::kInvalid};
  Take({a, copy, b, conflict, invalid}, {Said(a, Verdict::kAccepted, 1),
                                         Said(copy, Verdict::kDuplicate, 1),
                                         Said(b, Verdict::kAccepted, 2),
                                         Said(conflict, Verdict::kConflict, 1),
                                         {"", Verdict::kInvalid, 0}});
  EXPECT_EQ(findings_.total(), 0U);
  EXPECT_TRUE(ledger_.Has(a.event, Ledger::kAnswered));
  EXPECT_TRUE(ledger_.Has(a.event, Ledger::kAccepted));
  EXPECT_EQ(ledger_.sequence(b.event), 2U);
}

TEST_F(JudgeTest, AcceptedTwice) {
  const Submission shared{.event = Shared(0)};
  TakeOne(shared, Verdict::kAccepted, 1);
  TakeOne(shared, Verdict::kAccepted, 1);
  ExpectOnly(Breach::kAcceptedTwice);
}

TEST_F(JudgeTest, SameContentIsNoConflict) {
  TakeOne({.event = Own(0)}, Verdict::kConflict, 1);
  ExpectOnly(Breach::kVerdict);
}

TEST_F(JudgeTest, OtherContentIsNoDuplicate) {
  TakeOne({.event = Own(0), .stamp = 1, .kind = Kind::kConflict}, Verdict::kDuplicate, 1);
  ExpectOnly(Breach::kVerdict);
}

TEST_F(JudgeTest, InvalidIsNotAcceptedAndValidNotInvalid) {
  TakeOne({.event = 1, .kind = Kind::kInvalid}, Verdict::kAccepted, 1);
  ExpectOnly(Breach::kVerdict);
  TakeOne({.event = Own(0)}, Verdict::kInvalid, 0);
  EXPECT_EQ(findings_.count(Breach::kVerdict), 2U);
}

TEST_F(JudgeTest, DuplicateOfNothing) {
  TakeOne({.event = Own(0)}, Verdict::kDuplicate, 1);
  ExpectOnly(Breach::kVerdict);
}

TEST_F(JudgeTest, DuplicateAfterALostAnswerAndOfSharedEventsIsTrue) {
  TakeOne({.event = Own(0)}, Verdict::kDuplicate, 1, /*maybe_stored_before=*/true);
  TakeOne({.event = Shared(0)}, Verdict::kDuplicate, 2);
  EXPECT_EQ(findings_.total(), 0U);
}

TEST_F(JudgeTest, ARetriedBatchIsNewOrKnownAsAWhole) {
  const Submission a{.event = Own(0)};
  const Submission b{.event = Own(1)};
  Take({a, b}, {Said(a, Verdict::kDuplicate, 1), Said(b, Verdict::kAccepted, 2)},
       /*maybe_stored_before=*/true);
  ExpectOnly(Breach::kSplitBatch);
}

TEST_F(JudgeTest, OneSequenceForAnIdentity) {
  TakeOne({.event = Own(0)}, Verdict::kAccepted, 1);
  TakeOne({.event = Own(0), .stamp = 1, .kind = Kind::kConflict}, Verdict::kConflict, 2);
  ExpectOnly(Breach::kSequence);
}

TEST_F(JudgeTest, WhatIsSentLaterIsBehind) {
  TakeOne({.event = Own(0)}, Verdict::kAccepted, 5);
  TakeOne({.event = Own(1)}, Verdict::kAccepted, 4);
  ExpectOnly(Breach::kOrder);
}

TEST_F(JudgeTest, AResultForEachSubmissionInOrder) {
  const Submission a{.event = Own(0)};
  const Submission b{.event = Own(1)};
  Take({a, b}, {Said(a, Verdict::kAccepted, 1)});
  ExpectOnly(Breach::kVerdict);
  Take({a}, {Said(b, Verdict::kAccepted, 1)});
  EXPECT_EQ(findings_.count(Breach::kVerdict), 2U);
}

TEST_F(JudgeTest, CountsAreThoseOfTheResults) {
  const Result<PublishAnswer> answer = PublishAnswer::Parse(
      R"({"received":1,"accepted":2,"duplicates":0,"results":[{"status":"accepted"}]})");
  ASSERT_TRUE(answer.ok());
  judge_.Take({{.event = Own(0)}}, false, *answer);
  ExpectOnly(Breach::kCounts);
}

TEST_F(JudgeTest, WithoutResultsTheAnswerStillPromises) {
  const Result<PublishAnswer> answer = PublishAnswer::Parse(R"({"status":"ok","accepted":1})");
  ASSERT_TRUE(answer.ok());
  EXPECT_FALSE(answer->has_results);
  EXPECT_EQ(judge_.Take({{.event = Own(0)}}, false, *answer).accepted, 1U);
  EXPECT_TRUE(ledger_.Has(Own(0), Ledger::kAnswered));
  EXPECT_FALSE(ledger_.Has(Own(0), Ledger::kJudged));
  EXPECT_EQ(findings_.total(), 0U);
}

TEST(PublishAnswerTest, IsAJsonObject) {
  for (const char* text : {"", "[]", "not JSON", "{}"}) {
    EXPECT_FALSE(PublishAnswer::Parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace oncelog::app::simulate
