// Random events: however a batch is sent, the same submissions come out, and what is stored is what
// was sent.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "event/render.h"
#include "tests/unit/event/decoding.h"
#include "tests/unit/event/random_json.h"

namespace oncelog::event {
namespace {

struct Sent {
  JsonMembers content;  // source, payload and what the publisher added
  std::string json;
};

Sent RandomEvent(RandomJson& random) {
  Sent sent;
  sent.content = random.Members(2);
  const std::string source = "s" + std::to_string(random.Below(100));
  sent.content.emplace_back("source", JsonValue{source});
  sent.content.emplace_back("payload", JsonValue{random.Members(3)});
  JsonMembers all = sent.content;
  all.emplace_back("topic", JsonValue{std::string("t/") + std::to_string(random.Below(5))});
  all.emplace_back("event_id", JsonValue{std::string("\"e ") + std::to_string(random.Below(1000))});
  all.emplace_back("timestamp", JsonValue{std::string("2025-10-22T10:00:00Z")});
  if (random.Below(4) == 0) all.emplace_back("sequence", random.Value(2));
  if (random.Below(4) == 0) all.emplace_back("received_at", random.Value(2));
  sent.json = random.Write(JsonValue{all});
  return sent;
}

// As it goes into one line of NDJSON.
std::string OneLine(std::string json) {
  for (char& c : json) {
    if (c == '\n') c = ' ';
  }
  return json;
}

// Breaks some events, so that the valid ones have something to survive.
std::string MaybeBroken(RandomJson& random, std::string json) {
  constexpr const char* kBroken[] = {R"({"topic":"t"})",
                                     "7",
                                     "[]",
                                     "null",
                                     R"({"a":NaN})",
                                     R"({"a":1e999})",
                                     "{\"event_id\":\"e\",\"a\":\"\xff\"}",
                                     R"({"topic":1,"event_id":"x","topic":2})"};
  return random.Below(6) == 0 ? kBroken[random.Below(std::size(kBroken))] : json;
}

// All of a batch that an answer or the log could show.
std::string Described(const Result<Batch>& batch) {
  if (!batch.ok()) return batch.error().message();
  std::string text;
  for (const Submission& submission : batch->submissions) {
    std::string record(batch->View(submission.record));
    for (char& c : record) {
      if (c == '\r') c = ' ';
    }
    text += std::to_string(submission.index) + " " + std::string(batch->View(submission.topic)) +
            " " + std::string(batch->View(submission.event_id)) + " " +
            std::string(batch->View(submission.source)) + " " +
            std::to_string(submission.topic_hash) + " " + record + "\n";
  }
  for (const InvalidSubmission& invalid : batch->invalid) {
    text += std::to_string(invalid.index) + " " + invalid.event_id + " " + invalid.field + " " +
            invalid.reason + " " + invalid.detail + "\n";
  }
  return text;
}

TEST(DecoderProperty, EveryShapeGivesTheSameSubmissions) {
  Decoder decoder(TestKey());
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    RandomJson random(seed);
    std::string array, lines;
    for (size_t i = random.Below(8) + 1; i > 0; --i) {
      const std::string event = MaybeBroken(random, OneLine(RandomEvent(random).json));
      array += (array.empty() ? "" : ",") + random.Space() + event + random.Space();
      lines += event + (random.Below(3) == 0 ? "\r\n\n" : "\n");
    }
    std::string wrapped = "{\"events\":[" + array + "]}";
    array = "[" + array + "]";
    const std::string one = Described(decoder.Decode(array, BodyFormat::kJson));
    EXPECT_EQ(Described(decoder.Decode(wrapped, BodyFormat::kJson)), one) << "seed " << seed;
    ASSERT_EQ(Described(decoder.Decode(lines, BodyFormat::kNdjson)), one) << "seed " << seed;
  }
}

TEST(DecoderProperty, ABareObjectIsAnArrayOfOne) {
  Decoder decoder(TestKey());
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    RandomJson random(seed);
    std::string bare = RandomEvent(random).json;
    std::string array = "[" + bare + "]";
    const Result<Batch> batch = decoder.Decode(bare, BodyFormat::kJson);
    EXPECT_TRUE(batch->bare_object);
    ASSERT_EQ(Described(batch), Described(decoder.Decode(array, BodyFormat::kJson)));
  }
}

TEST(DecoderProperty, ContentIsWhatTheReferenceSays) {
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    RandomJson random(seed);
    const Sent sent = RandomEvent(random);
    const Result<Batch> batch = Decode(sent.json);
    ASSERT_EQ(batch->submissions.size(), 1U) << sent.json << Described(batch);
    ASSERT_EQ(batch->submissions[0].content.value, ReferenceContent(TestKey(), sent.content))
        << "seed " << seed << ": " << sent.json;
  }
}

// What one oncelog gave out can be published to another, and is the same event there.
TEST(DecoderProperty, ARenderedEventIsTheSameSubmission) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    RandomJson random(seed);
    const Result<Batch> first = Decode(RandomEvent(random).json);
    ASSERT_EQ(first->submissions.size(), 1U);
    std::string rendered;
    AppendEventJson(&rendered, RecordOf(*first, 0).json, Sequence{random.Below(1000) + 1},
                    UnixMs{1'761'127'200'123});
    const Result<Batch> second = Decode(rendered);
    ASSERT_EQ(Described(second), Described(first)) << rendered;
  }
}

}  // namespace
}  // namespace oncelog::event
