#include "app/simulate/auditor.h"

#include <gtest/gtest.h>

#include "app/simulate/counters.h"

namespace oncelog::app::simulate {
namespace {

class AuditorTest : public ::testing::Test {
 protected:
  static Options OneTopic() {
    return {.seed = 7, .run = "t", .events = 10, .duplicates = 0, .topics = 1};
  }

  // As oncelog gives it back.
  std::string Stored(const Submission& submission, uint64_t sequence) const {
    std::string text;
    workload_.Append(submission, &text);
    text.pop_back();
    return text + ",\"sequence\":" + std::to_string(sequence) +
           ",\"received_at\":\"2025-10-22T10:00:00.000Z\"}";
  }
  // Accepted with sequence event + 1.
  void Accept(uint64_t events) {
    for (uint64_t event = 0; event < events; ++event) {
      ledger_.Mark(event, Ledger::kAnswered);
      ledger_.Mark(event, Ledger::kJudged);
      ledger_.Mark(event, Ledger::kAccepted);
      ledger_.AgreeOnSequence(event, event + 1);
    }
  }
  void TakeAll(uint64_t events) {
    for (uint64_t event = 0; event < events; ++event) {
      auditor_.Take(Stored({.event = event}, event + 1));
    }
  }
  void ExpectOnly(Breach breach) {
    auditor_.Finish();
    EXPECT_EQ(findings_.count(breach), 1U);
    EXPECT_EQ(findings_.total(), 1U);
    EXPECT_FALSE(findings_.examples(breach).empty());
  }
  void ExpectNone() {
    auditor_.Finish();
    EXPECT_EQ(findings_.total(), 0U);
  }

  const Options options_ = OneTopic();
  const Workload workload_{options_};
  Ledger ledger_{workload_.fresh()};
  Findings findings_;
  Auditor auditor_{workload_, ledger_, findings_};
};

TEST_F(AuditorTest, EverythingInItsPlace) {
  Accept(3);
  TakeAll(3);
  ExpectNone();
  EXPECT_EQ(auditor_.stored(), 3U);
  EXPECT_EQ(auditor_.without_sequence(), 0U);
}

TEST_F(AuditorTest, AnyCopyMayHaveComeFirst) {
  Accept(1);
  auditor_.Take(Stored({.event = 0, .stamp = 12, .kind = Kind::kCopy}, 1));
  ExpectNone();
}

TEST_F(AuditorTest, SpelledAnewIsTheSame) {
  Accept(1);
  const Result<Json> sent = Json::Parse(Stored({.event = 0}, 1));
  const Json& payload = (*sent)["payload"];
  auditor_.Take(R"({ "payload": {"reading": )" + std::to_string(payload["reading"].number()) +
                R"(, "event": 0, "fill": ")" + payload.Text("fill") +
                R"("}, "source": "simulator", "timestamp": "2025-10-22 10:00:00+00:00",)"
                R"( "event_id": "e0", "sequence": 1, "topic": "sim.t.0"})");
  ExpectNone();
  EXPECT_EQ(auditor_.stored(), 1U);
}

TEST_F(AuditorTest, Missing) {
  Accept(3);
  TakeAll(2);
  ExpectOnly(Breach::kMissing);
}

TEST_F(AuditorTest, WhatWasNeverAnsweredMayBeMissing) {
  ledger_.Mark(0, Ledger::kUnknown);
  ExpectNone();
}

TEST_F(AuditorTest, Doubled) {
  Accept(1);
  TakeAll(1);
  std::string without = Stored({.event = 0}, 1);
  without.replace(without.find(",\"sequence\":1"), 13, "");
  auditor_.Take(without);
  ExpectOnly(Breach::kDoubled);
  EXPECT_EQ(auditor_.stored(), 1U);
}

TEST_F(AuditorTest, AlteredByAConflict) {
  Accept(1);
  auditor_.Take(Stored({.event = 0, .stamp = 1, .kind = Kind::kConflict}, 1));
  ExpectOnly(Breach::kAltered);
}

TEST_F(AuditorTest, AlteredInItsTime) {
  Accept(1);
  std::string text = Stored({.event = 0}, 1);
  text.replace(text.find("10:00:00.000000"), 15, "10:00:01.000000");
  auditor_.Take(text);
  ExpectOnly(Breach::kAltered);
}

TEST_F(AuditorTest, BrokenJson) {
  Accept(1);
  TakeAll(1);
  auditor_.Take(R"({"topic":"sim.t.0","event_id":)");
  ExpectOnly(Breach::kAltered);
}

TEST_F(AuditorTest, InvalidOrUnknownEvents) {
  for (const char* id : {"x1", "e10", "e01"}) {
    auditor_.Take(std::string(R"({"topic":"sim.t.0","event_id":")") + id + R"(","sequence":1})");
  }
  auditor_.Take(R"({"topic":"sim.t.1","event_id":"e1","sequence":1})");
  auditor_.Finish();
  EXPECT_EQ(findings_.count(Breach::kForeign), 4U);
}

TEST_F(AuditorTest, OtherTopicsAreLeftAlone) {
  auditor_.Take(R"({"topic":"sim.tt.0","event_id":"e1","sequence":9})");
  auditor_.Take(R"({"event_id":"e1","topic":"other"})");
  ExpectNone();
  EXPECT_EQ(auditor_.scanned(), 2U);
}

TEST_F(AuditorTest, GapsAndWrongOrder) {
  Accept(1);
  auditor_.Take(Stored({.event = 1}, 2));
  ledger_.Mark(1, Ledger::kUnknown);
  auditor_.Take(Stored({.event = 0}, 1));
  auditor_.Finish();
  EXPECT_EQ(findings_.count(Breach::kOrder), 2U);
}

TEST_F(AuditorTest, AnotherSequenceThanAnswered) {
  Accept(1);
  ledger_.AgreeOnSequence(1, 7);
  auditor_.Take(Stored({.event = 0}, 1));
  auditor_.Take(Stored({.event = 1}, 2));
  ExpectOnly(Breach::kSequence);
}

TEST_F(AuditorTest, StoredThoughNeverAccepted) {
  ledger_.Mark(0, Ledger::kAnswered);
  ledger_.Mark(0, Ledger::kJudged);
  auditor_.Take(Stored({.event = 0}, 1));
  ExpectOnly(Breach::kVerdict);
}

TEST_F(AuditorTest, StoredThoughNeverAcceptedAfterALostAnswer) {
  ledger_.Mark(0, Ledger::kJudged);
  ledger_.Mark(0, Ledger::kUnknown);
  auditor_.Take(Stored({.event = 0}, 1));
  ExpectNone();
}

TEST_F(AuditorTest, FindingsKeepTheFirstFewAndCountAll) {
  Accept(10);
  auditor_.Finish();
  EXPECT_EQ(findings_.count(Breach::kMissing), 10U);
  EXPECT_EQ(findings_.examples(Breach::kMissing).size(), Findings::kExamplesMax);
}

// The lists of single topics, after that of all topics.
class TopicListTest : public AuditorTest {
 protected:
  void ReadAll(uint64_t events) {
    Accept(events);
    TakeAll(events);
    auditor_.Finish();
    by_topic_.BeginTopic(0);
  }
  void Take(uint64_t event) { more_ = by_topic_.Take(Stored({.event = event}, event + 1)); }
  void ExpectByTopic(Breach breach, uint64_t count) {
    by_topic_.EndTopic();
    by_topic_.Finish();
    EXPECT_EQ(findings_.count(breach), count);
    EXPECT_EQ(findings_.total(), count);
  }

  Auditor by_topic_{workload_, ledger_, findings_, Auditor::Role::kCompare};
  bool more_ = true;
};

TEST_F(TopicListTest, TheSame) {
  ReadAll(3);
  for (uint64_t event = 0; event < 3; ++event) Take(event);
  ExpectByTopic(Breach::kByTopic, 0);
}

TEST_F(TopicListTest, OneLess) {
  ReadAll(3);
  for (uint64_t event = 0; event < 2; ++event) Take(event);
  ExpectByTopic(Breach::kByTopic, 1);
}

TEST_F(TopicListTest, OneMore) {
  ReadAll(2);
  for (uint64_t event = 0; event < 3; ++event) Take(event);
  ExpectByTopic(Breach::kByTopic, 1);
}

TEST_F(TopicListTest, Twice) {
  ReadAll(1);
  Take(0);
  std::string without = Stored({.event = 0}, 1);
  without.replace(without.find(",\"sequence\":1"), 13, "");
  by_topic_.Take(without);
  ExpectByTopic(Breach::kByTopic, 1);
}

TEST_F(TopicListTest, Swapped) {
  ReadAll(2);
  Take(1);
  Take(0);
  ExpectByTopic(Breach::kOrder, 2);
}

TEST_F(TopicListTest, OfAnotherTopic) {
  ReadAll(1);
  Take(0);
  by_topic_.Take(R"({"event_id":"e1","topic":"other","sequence":1})");
  ExpectByTopic(Breach::kByTopic, 1);
}

TEST_F(TopicListTest, OneThatWasNotReadIsNotCompared) {
  ReadAll(1);
  by_topic_.Finish();
  EXPECT_EQ(findings_.total(), 0U);
}

TEST_F(TopicListTest, AListWithoutEndIsGivenUp) {
  ReadAll(1);
  uint64_t taken = 0;
  for (more_ = true; more_ && taken < 100'000; ++taken) Take(0);
  EXPECT_FALSE(more_);
}

struct CounterCase {
  const char* name;
  const char* at_end;
  bool alone;
  uint64_t findings;
};

class CountersTest : public ::testing::TestWithParam<CounterCase> {};

TEST_P(CountersTest, GoWithWhatWasSentAndRead) {
  const Options options{.seed = 1, .run = "t", .events = 8, .topics = 2};
  const Workload workload(options);
  const Result<Json> before =
      Json::Parse(R"({"received":3,"unique_processed":2,"duplicate_dropped":1,"total_events":2})");
  const Result<Json> at_end = Json::Parse(GetParam().at_end);
  ASSERT_TRUE(before.ok() && at_end.ok());
  Findings findings;
  // Read: 6 of the run and the 2 that were there; 2 were dropped, 1 answer of 3 events was lost.
  CheckCounters({.before = *before,
                 .at_end = *at_end,
                 .after = *at_end,
                 .scanned = 8,
                 .stored = 6,
                 .stored_by_topic = {4, 2},
                 .dropped = 2,
                 .unknown = 3,
                 .alone = GetParam().alone},
                workload, findings);
  EXPECT_EQ(findings.count(Breach::kCounts), GetParam().findings);
  EXPECT_EQ(findings.total(), GetParam().findings);
}

INSTANTIATE_TEST_SUITE_P(
    All, CountersTest,
    ::testing::Values(
        CounterCase{"right",
                    R"({"received":11,"unique_processed":8,"duplicate_dropped":3,"total_events":8,)"
                    R"("events_per_topic":{"sim.t.0":4,"sim.t.1":2,"other":9}})",
                    true, 0},
        CounterCase{"lost_answers_may_count",
                    R"({"received":14,"unique_processed":8,"duplicate_dropped":6})", true, 0},
        CounterCase{"more_than_were_lost",
                    R"({"received":15,"unique_processed":8,"duplicate_dropped":7})", true, 1},
        CounterCase{"others_may_publish",
                    R"({"received":99,"unique_processed":49,"duplicate_dropped":50})", false, 0},
        CounterCase{"sum", R"({"received":12,"unique_processed":8,"duplicate_dropped":3})", true,
                    1},
        CounterCase{"forgotten", R"({"received":10,"unique_processed":8,"duplicate_dropped":2})",
                    false, 1},
        CounterCase{"stored", R"({"received":10,"unique_processed":7,"duplicate_dropped":3})",
                    false, 1},
        CounterCase{"total", R"({"total_events":10})", true, 1},
        CounterCase{"topic", R"({"events_per_topic":{"sim.t.0":5,"sim.t.1":2}})", true, 1},
        CounterCase{"nothing_said", R"({"uptime":1})", true, 0}),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace oncelog::app::simulate
