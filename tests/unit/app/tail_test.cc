#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "app/output/table.h"
#include "app/output/terminal.h"
#include "app/tail/cursor_file.h"
#include "app/tail/event_line.h"
#include "app/tail/follower.h"
#include "tests/support/temp_directory.h"

namespace oncelog::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A server that has as much of GET /events as a follower needs: cursors are places in the list.
class FollowerTest : public ::testing::Test {
 protected:
  struct Stored {
    std::string topic, received_at;
    uint64_t sequence = 0;
  };

  void Store(const std::string& topic, const std::string& received_at) {
    const auto same = [&](const Stored& one) { return one.topic == topic; };
    const auto before = std::count_if(events_.begin(), events_.end(), same);
    events_.push_back({topic, received_at, static_cast<uint64_t>(before) + 1});
  }

  static std::map<std::string, std::string> Parameters(const std::string& target) {
    std::map<std::string, std::string> found;
    size_t at = target.find('?') + 1;
    while (at < target.size()) {
      const size_t end = std::min(target.find('&', at), target.size());
      const size_t equals = target.find('=', at);
      found[target.substr(at, equals - at)] = target.substr(equals + 1, end - equals - 1);
      at = end + 1;
    }
    return found;
  }

  Result<std::string> Answer(const std::string& target) {
    auto asked = Parameters(target);
    const bool down = asked["order"] == "desc";
    const size_t limit = std::min<size_t>(std::stoul(asked["limit"]), page_events_max_);
    const size_t size = events_.size();
    size_t at = asked["after"].empty() ? 0 : std::stoul(asked["after"].substr(1));
    std::string lines;
    size_t count = 0;
    for (; at < size && count < limit; ++at) {
      const Stored& one = events_[down ? size - 1 - at : at];
      if (one.received_at < asked["received_from"]) continue;
      if (!asked["topic"].empty() && one.topic != asked["topic"]) continue;
      lines += (count++ == 0 ? "" : ",") + std::string("{\"topic\":\"") + one.topic +
               "\",\"sequence\":" + std::to_string(one.sequence) + ",\"received_at\":\"" +
               one.received_at + "\"}";
    }
    const std::string more = at < size ? "true" : "false";
    return "{\"events\":[" + lines + "],\"count\":" + std::to_string(count) + ",\"next\":\"c" +
           std::to_string(at) + "\",\"has_more\":" + more + "}\n";
  }

  Follower Make(const std::string& topic = "") {
    return {[this](const std::string& target) { return Answer(target); }, {.topic = topic}};
  }

  // "a1": the topic and the sequence of each event, until there is nothing new.
  static std::vector<std::string> Read(Follower& follower) {
    std::vector<std::string> names;
    for (;;) {
      const Result<EventPage> page = follower.Next();
      EXPECT_TRUE(page.ok());
      if (!page.ok()) return names;
      uint64_t count = 0;
      for (size_t at = 0; at < page->lines.size(); at = page->lines.find('\n', at) + 1, ++count) {
        const size_t sequence = page->lines.find("sequence\":", at) + 10;
        names.push_back(page->lines.substr(at + 10, 1) +
                        std::to_string(std::stoul(page->lines.substr(sequence))));
      }
      EXPECT_EQ(page->count, count);
      if (!page->has_more) return names;
    }
  }

  std::vector<Stored> events_;
  size_t page_events_max_ = 1000;
};

TEST_F(FollowerTest, BeginsWithTheFirstAndGoesOn) {
  Store("a", "1");
  Follower follower = Make();
  EXPECT_THAT(Read(follower), ElementsAre("a1"));
  EXPECT_THAT(Read(follower), IsEmpty());
  Store("a", "2");
  Store("b", "2");
  EXPECT_THAT(Read(follower), ElementsAre("a2", "b1"));
}

TEST_F(FollowerTest, BeginsWithTheLastAlsoAmongThoseOfOneMillisecond) {
  for (const char* time : {"1", "2", "2", "2", "2", "3"}) Store("a", time);
  for (const size_t page : {1000U, 2U, 1U}) {
    page_events_max_ = page;
    Follower follower = Make();
    ASSERT_TRUE(follower.StartBeforeEnd(3).ok());
    EXPECT_THAT(Read(follower), ElementsAre("a4", "a5", "a6")) << page;
  }
}

TEST_F(FollowerTest, BeginsAtTheEnd) {
  for (const char* time : {"1", "2", "2"}) Store("a", time);
  Follower follower = Make();
  ASSERT_TRUE(follower.StartBeforeEnd(0).ok());
  Store("b", "2");
  EXPECT_THAT(Read(follower), ElementsAre("b1"));
}

TEST_F(FollowerTest, AnEmptyServerIsFollowedFromItsFirstEvent) {
  for (const uint64_t last : {0U, 10U}) {
    events_.clear();
    Follower follower = Make();
    ASSERT_TRUE(follower.StartBeforeEnd(last).ok());
    EXPECT_THAT(Read(follower), IsEmpty());
    Store("a", "1");
    EXPECT_THAT(Read(follower), ElementsAre("a1"));
  }
}

TEST_F(FollowerTest, FewerThanWantedAreAll) {
  Store("a", "1");
  Store("b", "1");
  Store("a", "1");
  Follower follower = Make();
  ASSERT_TRUE(follower.StartBeforeEnd(10).ok());
  EXPECT_THAT(Read(follower), ElementsAre("a1", "b1", "a2"));
  Follower of_topic = Make("a");
  ASSERT_TRUE(of_topic.StartBeforeEnd(2).ok());
  EXPECT_THAT(Read(of_topic), ElementsAre("a1", "a2"));
}

TEST_F(FollowerTest, NothingIsHeldBackForAnEventThatIsNoMore) {
  for (const char* time : {"1", "2", "3"}) Store("a", time);
  Follower follower = Make();
  ASSERT_TRUE(follower.StartBeforeEnd(2).ok());
  events_[1].topic = "x";
  EXPECT_THAT(Read(follower), ElementsAre("a3"));
}

TEST_F(FollowerTest, ResumesWhereAnotherStopped) {
  for (const char* time : {"1", "2", "2"}) Store("a", time);
  Follower first = Make();
  ASSERT_TRUE(first.StartBeforeEnd(1).ok());
  EXPECT_THAT(Read(first), ElementsAre("a3"));
  Store("a", "3");
  Follower second = Make();
  second.Resume(first.place());
  EXPECT_THAT(Read(second), ElementsAre("a4"));
}

TEST_F(FollowerTest, AStrangersAnswerIsAnError) {
  for (const char* body : {"<html></html>", "{}", "[]", "{\"events\":[]}", ""}) {
    Follower follower([&](const std::string&) { return Result<std::string>(body); }, {});
    EXPECT_EQ(follower.Next().error().code(), Code::kInvalid) << body;
  }
}

class CursorFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.path() + "/c"; }

  test::TempDirectory folder_;
};

TEST_F(CursorFileTest, LoadsWhatWasSavedLast) {
  const TailQuery query{"a \"b\"", ""};
  CursorFile file(path(), query);
  EXPECT_EQ(*file.Load(), std::nullopt);
  ASSERT_TRUE(file.Save({"c1", "then"}).ok());
  ASSERT_TRUE(file.Save({"c2", "then"}).ok());
  EXPECT_EQ(*CursorFile(path(), query).Load(), (TailPlace{"c2", "then"}));
  const std::filesystem::directory_iterator files(folder_.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "nothing is left beside it";
}

TEST_F(CursorFileTest, RefusesAFileOfAnotherQuery) {
  ASSERT_TRUE(CursorFile(path(), {"a", ""}).Save({"c1", ""}).ok());
  const auto other = CursorFile(path(), {"a", "s"}).Load();
  EXPECT_EQ(other.error().code(), Code::kInvalid);
  EXPECT_THAT(other.error().message(), HasSubstr("--topic a"));
}

TEST_F(CursorFileTest, RefusesWhatIsNoCursorFile) {
  for (const char* text : {"", "cursor", "{}", "[1]"}) {
    std::ofstream(path()) << text;
    EXPECT_EQ(CursorFile(path(), {}).Load().error().code(), Code::kInvalid) << text;
  }
  EXPECT_EQ(CursorFile(folder_.path(), {}).Load().error().code(), Code::kIo);
  EXPECT_EQ(CursorFile(folder_.path() + "/none/c", {}).Load().error().code(), Code::kIo);
  EXPECT_EQ(CursorFile(folder_.path() + "/none/c", {}).Save({"c1", ""}).error().code(), Code::kIo);
}

TEST(EventLine, ShowsWhatPeopleLookFor) {
  const std::string json =
      R"({"payload":{"a":[1.50,{"payload":2}]},"topic":"t","event_id":"e","source":"s",)"
      R"("sequence":7,"received_at":"2025-10-22T10:00:00.000Z"})";
  EXPECT_EQ(EventLine(json, false),
            R"(2025-10-22T10:00:00.000Z  t #7  e  s  {"a":[1.50,{"payload":2}]})");
  EXPECT_THAT(EventLine(json, true), HasSubstr("\x1b[1mt\x1b[0m"));
}

TEST(EventLine, CannotPlayWithTheTerminal) {
  const std::string json =
      R"({"topic":"\u001b[2J","event_id":"e\u0007","payload":{"note":"\u001b"}})";
  EXPECT_THAT(EventLine(json, false), ::testing::Not(HasSubstr("\x1b")));
  EXPECT_EQ(EventLine("no\x1bJSON", false), "no?JSON");
  EXPECT_EQ(EventLine("{}", false), "{}");
}

TEST(JsonForTerminal, IsTheSameJsonWithoutTricks) {
  EXPECT_EQ(JsonForTerminal("{\"a\":\"\x7f \xc2\x9b \xe2\x80\xae \xd8\x9c \xe2\x81\xa9\"}\n"),
            "{\"a\":\"\\u007f \\u009b \\u202e \\u061c \\u2069\"}\n");
  const std::string plain = "{\t\"\xc3\xa9\xc2\xa0\":\"\xe2\x82\xac \xf0\x9f\x98\x80\"}\r\n";
  EXPECT_EQ(JsonForTerminal(plain), plain);
  EXPECT_EQ(ForTerminal("a\xe2\x80\xae\x62\n\xc2\x85"), "a?b??");
}

TEST(EventLine, FindsThePayloadAndNothingThatLooksLikeIt) {
  EXPECT_THAT(EventLine(R"({"event_id":"e","source":"payload","payload" : {"x":"}"}})", false),
              HasSubstr(R"({"x":"}"})"));
  EXPECT_THAT(EventLine(R"({"event_id":"e","note":{"payload":{"no":1}},"payload":{}})", false),
              ::testing::EndsWith("  {}"));
}

}  // namespace
}  // namespace oncelog::app
