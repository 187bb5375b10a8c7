#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <map>
#include <set>
#include <string>

#include "app/bench/driver.h"
#include "app/bench/event_maker.h"
#include "app/bench/histogram.h"
#include "app/bench/http_load.h"
#include "app/bench/process_figures.h"
#include "app/bench/report.h"
#include "app/client/json.h"

namespace oncelog::app::bench {
namespace {

struct Made {
  std::string topic, event_id;
  auto operator<=>(const Made&) const = default;
};

std::vector<Made> Make(const Workload& workload, int count, uint64_t* unique = nullptr) {
  EventMaker maker(workload);
  std::vector<Made> made;
  for (int i = 0; i < count; ++i) {
    std::string text(kEventBytes, '\0');
    EXPECT_EQ(maker.Write(text.data()), text.data() + text.size());
    const Result<Json> event = Json::Parse(text);
    EXPECT_TRUE(event.ok()) << text;
    made.push_back({event->Text("topic"), event->Text("event_id")});
  }
  if (unique != nullptr) *unique = maker.unique();
  return made;
}

TEST(EventMaker, MakesEventsInTopicsOfItsOwn) {
  for (const Made& one : Make({}, 1000)) {
    EXPECT_TRUE(one.topic.starts_with(kTopicPrefix)) << one.topic;
    EXPECT_EQ(one.event_id.size(), 36U);
  }
}

TEST(EventMaker, CountsWhatIsUnique) {
  uint64_t unique = 0;
  const std::vector<Made> made = Make({.duplicates = 0.3}, 10'000, &unique);
  EXPECT_EQ(std::set<Made>(made.begin(), made.end()).size(), unique);
  EXPECT_NEAR(static_cast<double>(unique), 7000, 300);
  Make({.duplicates = 0}, 1000, &unique);
  EXPECT_EQ(unique, 1000U);
}

TEST(EventMaker, RunsHaveNoIdInCommonAndTheSameDraws) {
  uint64_t first_unique = 0;
  uint64_t second_unique = 0;
  const std::vector<Made> first = Make({.run = 1}, 5000, &first_unique);
  const std::vector<Made> second = Make({.run = 2}, 5000, &second_unique);
  std::set<std::string> ids;
  for (const Made& one : first) ids.insert(one.event_id);
  for (size_t i = 0; i < second.size(); ++i) {
    EXPECT_FALSE(ids.contains(second[i].event_id));
    EXPECT_EQ(first[i].topic, second[i].topic);
  }
  EXPECT_EQ(first_unique, second_unique);
  EXPECT_EQ(Make({.run = 1}, 5000), first);
}

TEST(EventMaker, AKnownPastIsRepeatedAndGoneOnWith) {
  const std::vector<Made> first = Make({.run = 1, .duplicates = 0}, 1000);
  const std::set<Made> past(first.begin(), first.end());
  uint64_t unique = 1;
  for (const Made& again : Make({.run = 1, .duplicates = 1, .known = 1000}, 500, &unique)) {
    EXPECT_TRUE(past.contains(again));
  }
  EXPECT_EQ(unique, 0U);
  const std::vector<Made> all = Make({.run = 1, .duplicates = 0}, 1500);
  EXPECT_EQ(Make({.run = 1, .duplicates = 0, .known = 1000}, 500, &unique),
            std::vector<Made>(all.begin() + 1000, all.end()));
  EXPECT_EQ(unique, 500U);
}

TEST(EventMaker, ManyTopicsAreEquallyLikely) {
  std::map<std::string, int> topics;
  for (const Made& one : Make({.topics = 1000}, 20'000)) ++topics[one.topic];
  EXPECT_EQ(topics.size(), 1000U);
  for (const auto& [topic, count] : topics) EXPECT_LT(count, 60) << topic;
}

TEST(EventMaker, TheIdentityIsFoundWithoutParsing) {
  for (const uint32_t topics : {kZipfTopics, kTopicsMax}) {
    EventMaker maker({.topics = topics});
    std::string text(kEventBytes, '\0');
    maker.Write(text.data());
    const Result<Json> event = Json::Parse(text);
    ASSERT_TRUE(event.ok());
    EXPECT_EQ(IdentityIn(text.data()).topic, event->Text("topic"));
    EXPECT_EQ(IdentityIn(text.data()).event_id, event->Text("event_id"));
  }
}

TEST(Histogram, PercentilesAreNearAndNeverAboveTheMaximum) {
  Histogram histogram;
  EXPECT_EQ(histogram.Percentile(0.5), 0U);
  for (uint64_t i = 1; i <= 10'000; ++i) histogram.Add(i);
  EXPECT_NEAR(static_cast<double>(histogram.Percentile(0.5)), 5000, 5000.0 / 32);
  EXPECT_NEAR(static_cast<double>(histogram.Percentile(0.99)), 9900, 9900.0 / 32);
  EXPECT_EQ(histogram.Percentile(1), 10'000U);
  EXPECT_EQ(histogram.max(), 10'000U);
}

TEST(ProcessFigures, KnowsThisProcessAndNoOther) {
  const auto own = ReadProcess(getpid());
  ASSERT_TRUE(own.has_value());
  EXPECT_GT(own->resident_bytes, 0U);
  EXPECT_FALSE(ReadProcess(-1).has_value());
}

TEST(ProcessFigures, CountsDescendantsToo) {
  const uint64_t alone = ReadProcess(getpid())->anonymous_bytes;
  std::array<int, 2> ready{};
  ASSERT_EQ(pipe(ready.data()), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::string filled(8 << 20, 'x');
    if (write(ready[1], &filled.back(), 1) == 1) pause();
    _exit(0);
  }
  char byte = 0;
  EXPECT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_GT(ReadProcess(getpid())->anonymous_bytes, alone + (6 << 20));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
}

TEST(Driver, WhereNothingListensItSaysSo) {
  Driver driver(HttpLoad::To({"127.0.0.1", 1}, {}), {.connections = 1});
  const LoadTotals totals = driver.Run();
  EXPECT_NE(driver.Judge(totals).find("127.0.0.1:1"), std::string::npos) << driver.Judge(totals);
}

TEST(Driver, WrongVerdictsAreFoundOut) {
  const Driver driver(HttpLoad::To({"127.0.0.1", 1}, {}), {});
  EXPECT_EQ(driver.Judge({}), "") << "nothing was sent";
  EXPECT_NE(driver.Judge({.events = 1, .accepted = 1}), "");
  EXPECT_NE(driver.Judge({.conflicts = 1}), "");
  EXPECT_NE(driver.Judge({.refused = 1}), "");
}

TEST(ReportJson, HasNullsWhereTheServersProcessIsNotKnown) {
  const Result<Json> quiet = Json::Parse(ReportJson({}, {.events = 5}, "it \"broke\""));
  ASSERT_TRUE(quiet.ok());
  EXPECT_EQ(quiet->Count("events"), 5U);
  EXPECT_EQ(quiet->Text("error"), "it \"broke\"");
  EXPECT_TRUE((*quiet)["server_resident_bytes"].is_null());
  LoadTotals known{.events = 2'000'000};
  known.server_before = ProcessFigures{.cpu_seconds = 1};
  known.server_after = ProcessFigures{.cpu_seconds = 3, .resident_bytes = 7};
  const Result<Json> full = Json::Parse(ReportJson({}, known, ""));
  ASSERT_TRUE(full.ok());
  EXPECT_TRUE((*full)["ok"].is_true());
  EXPECT_EQ((*full)["server_cpu_seconds_per_million"].number(), 1.0);
  EXPECT_EQ(full->Count("server_resident_bytes"), 7U);
}

}  // namespace
}  // namespace oncelog::app::bench
