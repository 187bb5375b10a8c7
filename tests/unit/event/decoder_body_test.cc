// The body as a whole: its shapes, what one broken event does to the others, and what is stored.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "event/limits.h"
#include "tests/unit/event/decoding.h"

namespace oncelog::event {
namespace {

std::string EventOf(int i) { return EventWith({{"event_id", Quoted("e" + std::to_string(i))}}); }

std::string Joined(const std::vector<std::string>& events, const std::string& between) {
  std::string body;
  for (const std::string& event : events) body += (body.empty() ? "" : between) + event;
  return body;
}

std::string Array(const std::vector<std::string>& events) {
  return "[" + Joined(events, ",") + "]";
}

// Like "ok ok 2:not_an_object ok", in order of index.
std::string Outcome(const std::string& body, BodyFormat format = BodyFormat::kJson) {
  const Result<Batch> batch = Decode(body, format);
  if (!batch.ok())
    return std::string(CodeName(batch.error().code())) + " " + batch.error().message();
  std::vector<std::string> outcomes(batch->received());
  for (const Submission& submission : batch->submissions) outcomes.at(submission.index) = "ok";
  for (const InvalidSubmission& invalid : batch->invalid)
    outcomes.at(invalid.index) = invalid.reason;
  return Joined(outcomes, " ");
}

std::string CodeOf(const std::string& body, BodyFormat format = BodyFormat::kJson) {
  const std::string outcome = Outcome(body, format);
  return outcome.substr(0, outcome.find(':'));
}

TEST(Body, TakesItsThreeShapes) {
  EXPECT_EQ(Outcome(EventOf(1)), "ok");
  EXPECT_EQ(Outcome(Array({EventOf(1), EventOf(2)})), "ok ok");
  EXPECT_EQ(Outcome("{\"events\":" + Array({EventOf(1), EventOf(2)}) + "}"), "ok ok");
  EXPECT_EQ(Outcome(R"({"by":{"x":[1]},"ev\u0065nts":)" + Array({EventOf(1)}) + ",\"n\":2}"), "ok");
  EXPECT_EQ(Outcome(EventOf(1) + "\n" + EventOf(2), BodyFormat::kNdjson), "ok ok");
  EXPECT_EQ(Outcome("\r\n" + EventOf(1) + "\r\n \t\n\n" + EventOf(2) + "\n\n", BodyFormat::kNdjson),
            "ok ok");
}

TEST(Body, KnowsABareObject) {
  EXPECT_TRUE(Decode(EventOf(1))->bare_object);
  EXPECT_TRUE(Decode("{}")->bare_object);
  EXPECT_TRUE(Decode("{\"a\":NaN}")->bare_object);
  EXPECT_FALSE(Decode(Array({EventOf(1)}))->bare_object);
  EXPECT_FALSE(Decode("{\"events\":" + Array({EventOf(1)}) + "}")->bare_object);
  EXPECT_FALSE(Decode(EventOf(1), BodyFormat::kNdjson)->bare_object);
}

TEST(Body, AnEventMayHaveAMemberCalledEvents) {
  EXPECT_EQ(Outcome(EventWith({{"events", "[1]"}})), "ok");
  EXPECT_EQ(VerdictOf(R"({"topic":"t","events":[]})"), "event_id: missing");
  EXPECT_EQ(VerdictOf(R"({"event_id":"e","events":[]})"), "topic: missing");
}

TEST(Body, SkipsAByteOrderMark) {
  const std::string mark = "\xef\xbb\xbf";
  EXPECT_EQ(Outcome(mark + EventOf(1)), "ok");
  EXPECT_EQ(Outcome(mark + Array({EventOf(1), "{\"a\":NaN}"})), "ok not_a_number");
  EXPECT_EQ(Outcome(mark + EventOf(1) + "\n" + EventOf(2), BodyFormat::kNdjson), "ok ok");
  EXPECT_EQ(CodeOf(mark), "invalid empty_batch");
  EXPECT_EQ(CodeOf(mark + mark + EventOf(1)), "invalid malformed_json");
}

TEST(Body, HasAtLeastOneEvent) {
  for (const char* empty :
       {"", " \r\n\t", "[]", " [ ] ", "{\"events\":[]}", "{\"x\":1,\"events\":[ ]}"}) {
    EXPECT_EQ(CodeOf(empty), "invalid empty_batch") << empty;
  }
  EXPECT_EQ(CodeOf("", BodyFormat::kNdjson), "invalid empty_batch");
  EXPECT_EQ(CodeOf(" \n\r\n", BodyFormat::kNdjson), "invalid empty_batch");
}

TEST(Body, HasAtMost10000Events) {
  std::vector<std::string> events;
  for (int i = 0; i < 10'000; ++i) events.push_back(EventOf(i));
  const auto nan_first = [](std::vector<std::string> all) {
    all.front() = "{\"a\":NaN}";
    return Array(all);
  };
  EXPECT_EQ(Decode(Array(events))->submissions.size(), 10'000U);
  EXPECT_EQ(Decode(nan_first(events))->submissions.size(), 9'999U);
  EXPECT_EQ(Decode(Joined(events, "\n") + "\n\n", BodyFormat::kNdjson)->submissions.size(),
            10'000U);
  events.push_back(EventOf(10'000));
  EXPECT_EQ(CodeOf(Array(events)), "too_large too_many_events");
  EXPECT_EQ(CodeOf("{\"events\":" + Array(events) + "}"), "too_large too_many_events");
  EXPECT_EQ(CodeOf(nan_first(events)), "too_large too_many_events");
  EXPECT_EQ(CodeOf(Joined(events, "\n"), BodyFormat::kNdjson), "too_large too_many_events");
}

TEST(Body, IsAnObjectOrAnArray) {
  for (const char* body :
       {"1", "null", "true", "\"text\"", "NaN", "1e999", "\"\xff\"", "{\"events\":1}",
        "{\"events\":{}}", "{\"events\":null}", "{\"events\":[],\"events\":[]}"}) {
    EXPECT_EQ(CodeOf(body), "invalid not_an_event") << body;
  }
}

TEST(Body, OneBrokenEventLeavesTheOthersAlone) {
  const std::vector<std::string> events = {
      EventOf(1), "7",    EventWith({{"topic", ""}}),     EventOf(2),
      "[]",       "null", EventWith({{"payload", "[]"}}), EventOf(3)};
  const std::string expected =
      "ok not_an_object missing ok not_an_object not_an_object wrong_type ok";
  EXPECT_EQ(Outcome(Array(events)), expected);
  EXPECT_EQ(Outcome("{\"events\":" + Array(events) + "}"), expected);
  EXPECT_EQ(Outcome(Joined(events, "\n"), BodyFormat::kNdjson), expected);
}

TEST(Body, SoDoesOneThatTheParserRefuses) {
  const std::vector<std::string> events = {
      EventOf(1),
      EventWith({{"payload", "{\"a\":\"\xff\"}"}}),
      EventWith({{"payload", "{\"a\":1e999}"}}),
      EventWith({{"payload", "{\"a\":99999999999999999999}"}}),
      EventOf(2),
      EventWith({{"payload", "{\"a\":NaN}"}}),
      EventWith({{"payload", "{\"a\":" + std::string(2000, '[') + std::string(2000, ']') + "}"}}),
      EventWith({{"payload", R"({"a":"\ud800"})"}}),
      "NaN",
      EventWith({{"source", "\"]},{\""}})};
  const std::string expected =
      "ok invalid_utf8 number_out_of_range number_out_of_range ok not_a_number too_deep "
      "invalid_utf8 "
      "not_an_object ok";
  EXPECT_EQ(Outcome(Array(events)), expected);
  EXPECT_EQ(Outcome(" { \"events\" : " + Array(events) + ", \"x\" : \"]\" } "), expected);
  EXPECT_EQ(Outcome(Joined(events, "\n"), BodyFormat::kNdjson), expected);
}

TEST(Body, ThatIsNoJsonIsRefusedWithThePlace) {
  const auto place_of = [](const std::string& body) {
    const std::string outcome = Outcome(body);
    const std::string before = "invalid malformed_json: at byte ";
    if (!outcome.starts_with(before)) return outcome;
    return outcome.substr(before.size(), outcome.find(':', before.size()) - before.size());
  };
  const std::string event = EventOf(1);
  const std::string n = std::to_string(event.size());
  EXPECT_EQ(place_of("["), "1");
  EXPECT_EQ(place_of("{"), "1");
  EXPECT_EQ(place_of("}"), "0");
  EXPECT_EQ(place_of("hello"), "0");
  EXPECT_EQ(place_of("  hello"), "2");
  EXPECT_EQ(place_of("\xef\xbb\xbf hello"), "4");
  EXPECT_EQ(place_of("[" + event), std::to_string(event.size() + 1));
  EXPECT_EQ(place_of("[" + event + ",]"), std::to_string(event.size() + 2));
  EXPECT_EQ(place_of("[" + event + "]]"), std::to_string(event.size() + 2));
  EXPECT_EQ(place_of("[]x"), "2");
  EXPECT_EQ(place_of("[" + event + " " + event + "]"), std::to_string(event.size() + 2));
  EXPECT_EQ(place_of("[" + event + ",{\"a\":tru}]"), std::to_string(event.size() + 7));
  EXPECT_EQ(place_of("[{\"a\":NaN},{\"a\":tru}]"), "16");
  EXPECT_EQ(place_of("{\"events\":[" + event + "],\"x\":tru}"), std::to_string(event.size() + 17));
  EXPECT_EQ(place_of("{\"events\":[" + event + "}"), std::to_string(event.size() + 11));
  EXPECT_EQ(place_of("{\"events\":[{\"a\":}]}"), "16");
  EXPECT_EQ(place_of(event.substr(0, event.size() - 1)), std::to_string(event.size() - 1));
  EXPECT_EQ(place_of("{\"a\":\"x\ny\"}"), "7");
  EXPECT_EQ(place_of(event + "\n" + event), std::to_string(event.size() + 1));
}

TEST(Body, ThatLooksLikeLinesSaysHowToSendThem) {
  EXPECT_NE(Outcome(EventOf(1) + "\n" + EventOf(2)).find("application/x-ndjson"),
            std::string::npos);
}

TEST(Lines, ThatAreNoJsonAreInvalidEvents) {
  const std::string body = Joined({EventOf(1), "hello", "{\"event_id\":\"x\",", EventOf(2),
                                   EventOf(3) + " " + EventOf(4), EventOf(5) + ","},
                                  "\n\n");
  EXPECT_EQ(Outcome(body, BodyFormat::kNdjson),
            "ok malformed_json malformed_json ok malformed_json malformed_json");
  const Result<Batch> batch = Decode(body, BodyFormat::kNdjson);
  EXPECT_EQ(batch->invalid[1].event_id, "\"x\"");
  EXPECT_NE(batch->invalid[0].detail.find("at byte 0 of its line"), std::string::npos);
  const size_t behind = EventOf(3).size() + 1;  // as far as it is an event
  EXPECT_NE(batch->invalid[2].detail.find("at byte " + std::to_string(behind) + " of its line"),
            std::string::npos)
      << batch->invalid[2].detail;
}

TEST(Lines, EndAtALineBreakOnly) {
  // One event over two lines is two lines that are no JSON.
  EXPECT_EQ(Outcome("{\"topic\":\n\"t\"}", BodyFormat::kNdjson), "malformed_json malformed_json");
}

TEST(Hostile, DepthIsRefusedWithoutRecursion) {
  EXPECT_EQ(CodeOf(std::string(kBodyBytesMax, '[')), "invalid malformed_json");
  const size_t bytes = size_t{4} << 20;
  EXPECT_EQ(CodeOf(std::string(bytes, '{')), "invalid malformed_json");
  EXPECT_EQ(CodeOf(std::string(bytes, '"')), "invalid malformed_json");
  EXPECT_EQ(CodeOf("[\"" + std::string(bytes, '\\')), "invalid malformed_json");
  std::string objects;
  while (objects.size() < bytes) objects += "{\"a\":";
  EXPECT_EQ(CodeOf(objects), "invalid malformed_json");
  EXPECT_EQ(Outcome(std::string(bytes, '['), BodyFormat::kNdjson), "malformed_json");
}

TEST(Hostile, ManyTinyValuesAreRefused) {
  std::string zeros = "[0";
  while (zeros.size() < size_t{4} << 20) zeros += ",0";
  EXPECT_EQ(CodeOf(zeros + "]"), "too_large too_many_events");
  EXPECT_EQ(CodeOf(zeros + ",NaN]"), "too_large too_many_events");
  EXPECT_EQ(CodeOf("{\"events\":" + zeros + "]}"), "too_large too_many_events");
  EXPECT_EQ(VerdictOf("{\"a\":" + zeros + "]}"), ": too_large");
}

TEST(Hostile, ManyOddNumbersAreChecked) {
  std::string numbers = "[1e999";
  while (numbers.size() < size_t{3} << 20) numbers += ",1e-999";
  EXPECT_EQ(VerdictOf("{\"a\":" + numbers + "]}"), ": too_large");
}

TEST(Body, HasAtMost32MiB) {
  std::string body = EventOf(1);
  body.append(kBodyBytesMax - body.size(), ' ');
  EXPECT_EQ(Outcome(body), "ok");
  EXPECT_EQ(CodeOf(body + " "), "too_large body_too_large");
  EXPECT_EQ(CodeOf(body + "\n", BodyFormat::kNdjson), "too_large body_too_large");
}

TEST(Stored, IsTheEventAsSent) {
  const std::string event =
      R"({ "z" : 1.50, "topic":"t", "event_id":"\u0065", "timestamp":"2025-10-22 10:00:00",)"
      R"( "source":"\/s", "payload":{"b":1e2 ,"a":-0.0} , "y":[ ]  })";
  EXPECT_EQ(StoredJson(event), event);
  EXPECT_EQ(StoredJson(" [ " + event + " ] "), event);
}

TEST(Stored, HasNoLineBreaks) {
  EXPECT_EQ(
      StoredJson(
          "{\r\n\t\"topic\": \"t\",\n\"event_id\":\"e\",\n"
          "\"timestamp\":\"2025-10-22T10:00:00Z\",\"source\":\"a\\nb\",\"payload\":{\n}\r}\n"),
      "{  \t\"topic\": \"t\", \"event_id\":\"e\", "
      "\"timestamp\":\"2025-10-22T10:00:00Z\",\"source\":\"a\\nb\",\"payload\":{ } }");
}

TEST(Stored, LacksSequenceAndReceivedAtWhereverTheyStand) {
  const std::vector<std::string> members = {R"("topic":"t")", R"("event_id" : "e")",
                                            R"("timestamp":"2025-10-22T10:00:00Z")",
                                            R"("source":"s")", R"("payload":{"sequence":5})"};
  const std::string kept = "{" + Joined(members, ",") + "}";
  const std::vector<std::string> dropped = {R"("sequence":7)", R"("received_at" : {"a":[1,"}"]})"};
  for (size_t first = 0; first <= members.size(); ++first) {
    for (size_t second = 0; second <= members.size() + 1; ++second) {
      for (const bool both : {false, true}) {
        std::vector<std::string> all = members;
        all.insert(all.begin() + static_cast<long>(first), dropped[second % 2]);
        if (both) all.insert(all.begin() + static_cast<long>(second), dropped[1 - second % 2]);
        const std::string sent = "{" + Joined(all, ",") + "}";
        EXPECT_EQ(StoredJson(sent), kept) << sent;
        const Result<Batch> batch = Decode("[" + EventOf(1) + "," + sent + "]");
        EXPECT_EQ(batch->View(batch->submissions[1].event_id), "\"e\"") << sent;
        EXPECT_EQ(batch->View(batch->submissions[1].topic), "t") << sent;
        EXPECT_EQ(batch->submissions[1].content, Decode(kept)->submissions[0].content);
      }
    }
  }
}

TEST(Stored, LacksThemUnderAnEscapedNameToo) {
  EXPECT_EQ(StoredJson(EventWith({{"s\\u0065quence", "7"}})), EventWith({}));
}

TEST(Stored, KeepsSpaceAroundWhatIsDropped) {
  const std::string rest = EventWith({}).substr(1);
  EXPECT_EQ(StoredJson("{ \"sequence\" : 7 , " + rest), "{ " + rest);
  std::string event = EventWith({});
  event.pop_back();
  EXPECT_EQ(StoredJson(event + " , \"sequence\" : 7 }"), event + " }");
}

TEST(Submissions, CarryWhatTheCommitterNeeds) {
  const std::string second = EventWith(
      {{"topic", R"("t\u0031\/x")"}, {"event_id", R"("e\"2")"}, {"source", R"("\u00e9")"}});
  const Result<Batch> batch = Decode(Array({EventOf(1), "5", second}));
  ASSERT_EQ(batch->submissions.size(), 2U);
  const Submission& one = batch->submissions[0];
  const Submission& two = batch->submissions[1];
  EXPECT_EQ(two.index, 2U);
  EXPECT_EQ(batch->View(two.topic), "t1/x");
  EXPECT_EQ(batch->View(two.event_id), R"("e\"2")");
  EXPECT_EQ(batch->View(two.source), "\u00e9");
  EXPECT_EQ(two.id, FingerprintOf(TestKey(), "t1/x", "e\"2"));
  EXPECT_EQ(two.topic_hash, TestKey().Hash64("t1/x"));
  EXPECT_EQ(one.topic_hash, TestKey().Hash64("t"));
  const RecordView record = RecordOf(*batch, 1);
  EXPECT_EQ(record.bytes.size(), two.record.bytes);
  EXPECT_EQ(record.entry, IndexEntry::Make(two.id, Sequence{0}, two.content));
  EXPECT_EQ(record.source, "\u00e9");
  EXPECT_EQ(record.json, second);
  EXPECT_EQ(record.timestamp, (Instant{1'761'127'200, 0}));
}

TEST(Submissions, HaveTheSameContentWhenOnlyTheStampDiffers) {
  const auto content = [](const std::map<std::string, std::string>& changes) {
    return Decode(EventWith(changes))->submissions.at(0).content;
  };
  const ContentHash original = content({});
  EXPECT_EQ(content({{"topic", "\"u\""}}), original);
  EXPECT_EQ(content({{"event_id", "\"e2\""}}), original);
  EXPECT_EQ(content({{"timestamp", "\"2026-10-22T10:00:00Z\""}}), original);
  EXPECT_EQ(content({{"sequence", "7"}, {"received_at", "\"x\""}}), original);
  EXPECT_EQ(content({{"payload", "{ \"\\u0061\" : 1.0 }"}}), original);
  EXPECT_NE(content({{"source", "\"s2\""}}), original);
  EXPECT_NE(content({{"payload", "{\"a\":2}"}}), original);
  EXPECT_NE(content({{"payload", "{\"a\":\"1\"}"}}), original);
  EXPECT_NE(content({{"payload", "{}"}}), original);
  EXPECT_NE(content({{"extra", "null"}}), original);
  EXPECT_NE(content({{"extra", "{}"}}), content({{"extra", "[]"}}));
  EXPECT_LT(original.value, uint64_t{1} << 48);
}

TEST(Decoder, IsAsGoodAsNewAfterAnything) {
  Decoder decoder(TestKey());
  std::string large =
      "[" + EventWith({{"payload", "{\"a\":" + Quoted(std::string(1 << 20, 'x')) + "}"}});
  for (int i = 0; i < 5; ++i)
    large += "," + EventWith({{"event_id", Quoted(std::to_string(i))},
                              {"payload", "{\"a\":" + Quoted(std::string(1 << 20, 'x')) + "}"}});
  for (std::string body :
       {std::string("["), large + "]", large, std::string("{\"a\":{\"b\":1,\"b\":1}}")}) {
    (void)decoder.Decode(body, BodyFormat::kJson);
    std::string good = Array({EventOf(1), EventOf(2)});
    const Result<Batch> batch = decoder.Decode(good, BodyFormat::kJson);
    ASSERT_TRUE(batch.ok());
    EXPECT_EQ(batch->submissions.size(), 2U);
    EXPECT_TRUE(batch->invalid.empty());
  }
}

}  // namespace
}  // namespace oncelog::event
