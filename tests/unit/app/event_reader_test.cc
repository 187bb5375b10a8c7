#include "app/client/event_reader.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "event/limits.h"

namespace oncelog::app {
namespace {

struct ReadEvents {
  std::vector<std::string> events;
  std::vector<uint64_t> places;
  std::string rest;
  std::optional<Code> error;
};

ReadEvents ReadAll(const std::string& text, InputFormat format = InputFormat::kAuto) {
  std::istringstream in(text);
  EventReader reader(in, format);
  ReadEvents all;
  for (;;) {
    std::string body;
    const Result<bool> more = reader.AppendNext(&body);
    if (!more.ok()) {
      all.error = more.error().code();
      break;
    }
    if (!*more) break;
    EXPECT_EQ(body.back(), '\n');
    body.pop_back();
    EXPECT_EQ(body.find('\n'), std::string::npos) << "one event, one line";
    all.events.push_back(body);
    all.places.push_back(reader.place());
  }
  all.rest = reader.rest();
  return all;
}

using Events = std::vector<std::string>;
using Places = std::vector<uint64_t>;

TEST(EventReader, NothingIsNoEvent) {
  for (const char* text : {"", "\n", " \n\t\r\n", "[]", " [ ] ", "{\"events\":[]}"}) {
    const ReadEvents all = ReadAll(text);
    EXPECT_TRUE(all.events.empty()) << text;
    EXPECT_FALSE(all.error) << text;
  }
}

TEST(EventReader, LinesKeepTheirBytesAndNumbers) {
  const ReadEvents all = ReadAll("{\"a\": 1.0}\n\n{\"b\":\"x\\n\"}\r\n  \n{\"c\":[1]}");
  EXPECT_EQ(all.events, (Events{"{\"a\": 1.0}", "{\"b\":\"x\\n\"}\r", "{\"c\":[1]}"}));
  EXPECT_EQ(all.places, (Places{1, 3, 5}));
}

TEST(EventReader, ABrokenLineIsHandedOnAndTheNextOnesToo) {
  const ReadEvents all = ReadAll("{\"a\":1}\n{\"b\":\nnonsense\n{\"c\":1}\n");
  EXPECT_EQ(all.events, (Events{"{\"a\":1}", "{\"b\":", "nonsense", "{\"c\":1}"}));
}

TEST(EventReader, ArraysAreTakenApart) {
  const ReadEvents all =
      ReadAll("\xef\xbb\xbf [ {\"a\":\"],\\\"{\"} ,\n{\"b\":\n [1,2]}, 7,\"x\" ]\n");
  EXPECT_EQ(all.events, (Events{"{\"a\":\"],\\\"{\"}", "{\"b\":  [1,2]}", "7", "\"x\""}));
  EXPECT_EQ(all.places, (Places{1, 2, 3, 4}));
}

TEST(EventReader, AnAnswerOfTheServerCanBeReadAgain) {
  const ReadEvents all = ReadAll(
      "{ \"events\" : [{\"a\":1},{\"b\":2}],\"count\":2,\"next\":\"c\",\"has_more\":true}\n");
  EXPECT_EQ(all.events, (Events{"{\"a\":1}", "{\"b\":2}"}));
  EXPECT_EQ(all.rest, "{\"count\":2,\"next\":\"c\",\"has_more\":true}\n");
}

TEST(EventReader, ObjectsMaySpreadOverLines) {
  const ReadEvents all = ReadAll("{\n  \"a\": 1\n}\n{\n  \"b\": {\"c\": \"}\"}\n}\n");
  EXPECT_EQ(all.events, (Events{"{   \"a\": 1 }", "{   \"b\": {\"c\": \"}\"} }"}));
}

TEST(EventReader, ALineThatLooksSpreadIsStillALineIfToldSo) {
  const ReadEvents all = ReadAll("{\"a\":\n{\"b\":1}\n", InputFormat::kNdjson);
  EXPECT_EQ(all.events, (Events{"{\"a\":", "{\"b\":1}"}));
}

TEST(EventReader, ABrokenOutlineIsAnError) {
  for (const char* text :
       {"[", "[{\"a\":1}", "[{\"a\":1},", "[{\"a\":1}{\"b\":1}]", "[,{}]", "[{},]", "[{}] x",
        "[{\"a\":\"", "{\n\"a\":1", "[}]", "{\"events\":[{}]"}) {
    EXPECT_EQ(ReadAll(text).error, Code::kInvalid) << text;
  }
}

TEST(EventReader, WhatStandsBeforeABrokenPlaceIsRead) {
  EXPECT_EQ(ReadAll("[{\"a\":1},{\"b\":2} oops]").events, (Events{"{\"a\":1}", "{\"b\":2}"}));
}

TEST(EventReader, WhatSpansReadBuffersStaysWhole) {
  const std::string text(300'000, 'x');
  const std::string event = "{\"a\":\"" + text + "\"}";
  EXPECT_EQ(ReadAll(event + "\n" + event).events, (Events{event, event}));
  EXPECT_EQ(ReadAll("[" + event + "," + event + "]").events, (Events{event, event}));
}

TEST(EventReader, AnEventNobodyTakesIsRefusedBeforeItFillsTheMemory) {
  const std::string huge = "{\"a\":\"" + std::string(event::kBodyBytesMax, 'x');
  EXPECT_EQ(ReadAll("{}\n" + huge).error, Code::kTooLarge);
  EXPECT_EQ(ReadAll("[" + huge + "\"}]").error, Code::kTooLarge);
}

TEST(EventReader, GoesOnBehindAnEventThatNobodyTakes) {
  const std::string huge = "{\"a\":\"" + std::string(event::kBodyBytesMax, 'x') + "\"}";
  for (const std::string& text :
       {"{\"b\":1}\n" + huge + "\n{\"c\":1}\n", "[{\"b\":1}," + huge + ",{\"c\":1}]"}) {
    std::istringstream in(text);
    EventReader reader(in, InputFormat::kAuto);
    std::string body;
    EXPECT_TRUE(*reader.AppendNext(&body));
    const size_t before = body.size();
    EXPECT_EQ(reader.AppendNext(&body).error().code(), Code::kTooLarge);
    EXPECT_EQ(reader.place(), 2U);
    body.resize(before);
    EXPECT_TRUE(*reader.AppendNext(&body));
    EXPECT_EQ(reader.place(), 3U);
    EXPECT_EQ(body, "{\"b\":1}\n{\"c\":1}\n");
    EXPECT_FALSE(*reader.AppendNext(&body));
  }
}

TEST(EventReader, WhatIsCompressedIsNotTakenForEvents) {
  for (const std::string& text :
       {std::string("\x1f\x8b\x08\0abc", 7), std::string("\x28\xb5\x2f\xfd abc")}) {
    for (const InputFormat format :
         {InputFormat::kAuto, InputFormat::kNdjson, InputFormat::kJson}) {
      EXPECT_EQ(ReadAll(text, format).error, Code::kInvalid);
    }
  }
}

// A file whose disk fails behind its first bytes.
class FailingBuffer : public std::streambuf {
 public:
  explicit FailingBuffer(std::string text) : text_(std::move(text)) {
    setg(text_.data(), text_.data(), text_.data() + text_.size());
  }

 protected:
  int_type underflow() override { throw std::ios_base::failure("reading failed"); }

 private:
  std::string text_;
};

TEST(EventReader, AnInputThatFailsIsAnError) {
  for (const char* text : {"", "{}\n", "{}\n{", "[{},"}) {
    FailingBuffer failing(text);
    std::istream in(&failing);
    EventReader reader(in, InputFormat::kAuto);
    std::string body;
    Result<bool> more = true;
    while (more.ok() && *more) more = reader.AppendNext(&body);
    ASSERT_FALSE(more.ok()) << text;
    EXPECT_EQ(more.error().code(), Code::kIo) << text;
  }
}

}  // namespace
}  // namespace oncelog::app
