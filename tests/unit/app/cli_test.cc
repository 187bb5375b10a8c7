#include "app/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "app/client/connection.h"
#include "app/client/json.h"
#include "app/config/nearest.h"
#include "app/config/settings.h"

namespace oncelog::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CliTest : public ::testing::Test {
 protected:
  int Run(std::vector<std::string> arguments) {
    in_.str("");
    out_.str("");
    err_.str("");
    Console console{.in = in_, .out = out_, .err = err_, .environment = environment_};
    return RunCommandLine(std::move(arguments), console);
  }
  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }
  void ExpectOneLineOnStderr() const {
    EXPECT_EQ(std::ranges::count(err(), '\n'), 1) << err();
    EXPECT_TRUE(err().starts_with("oncelog: ")) << err();
  }

  std::map<std::string, std::string, std::less<>> environment_;

 private:
  std::istringstream in_;
  std::ostringstream out_, err_;
};

TEST_F(CliTest, HelpNamesPurposeCommandsAndExamples) {
  EXPECT_EQ(Run({"--help"}), kExitOk);
  EXPECT_THAT(out(), AllOf(HasSubstr("exactly once"), HasSubstr("serve"), HasSubstr("publish"),
                           HasSubstr("Examples:"), HasSubstr("oncelog publish events.ndjson")));
  EXPECT_THAT(err(), IsEmpty());
}

TEST_F(CliTest, HelpCanBeAskedForAsACommand) {
  Run({"--help"});
  const std::string all = out();
  EXPECT_EQ(Run({"help"}), kExitOk);
  EXPECT_EQ(out(), all);
  Run({"completion", "--help"});
  const std::string one = out();
  EXPECT_THAT(one, HasSubstr("Usage: oncelog completion [flags] SHELL\n"));
  EXPECT_EQ(Run({"help", "completion"}), kExitOk);
  EXPECT_EQ(out(), one);
  EXPECT_EQ(Run({"help", "srve"}), kExitUsage);
}

TEST_F(CliTest, EveryCommandExplainsItself) {
  for (const char* command :
       {"serve", "publish", "events", "tail", "stats", "health", "topics", "bench", "simulate",
        "torture", "config", "completion", "man", "version"}) {
    EXPECT_EQ(Run({command, "--help"}), kExitOk) << command;
    EXPECT_THAT(out(), AllOf(HasSubstr("Usage: oncelog " + std::string(command)),
                             HasSubstr("Examples:"), HasSubstr("--help")));
    std::istringstream lines(out());
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  }
}

TEST_F(CliTest, HelpOfServeListsEverySettingWithItsDefault) {
  Run({"serve", "--help"});
  for (const SettingSpec& spec : SettingsTable()) EXPECT_THAT(out(), HasSubstr(spec.flag() + " "));
  EXPECT_THAT(out(), HasSubstr("(default 127.0.0.1:8080)"));
}

TEST_F(CliTest, WithoutACommandItShowsHelpAndFails) {
  EXPECT_EQ(Run({}), kExitUsage);
  EXPECT_THAT(out(), HasSubstr("Commands:"));
}

TEST_F(CliTest, VersionIsPrintedBothWays) {
  EXPECT_EQ(Run({"version"}), kExitOk);
  const std::string version = out();
  EXPECT_TRUE(version.starts_with("oncelog "));
  EXPECT_EQ(Run({"--version"}), kExitOk);
  EXPECT_EQ(out(), version);
}

TEST_F(CliTest, UsageErrorsAreOneLineWithAHint) {
  struct Case {
    std::vector<std::string> arguments;
    const char* said;
  };
  const Case cases[] = {
      {{"srve"}, "did you mean serve"},
      {{"frobnicate"}, "no command \"frobnicate\""},
      {{"--frobnicate"}, "no flag --frobnicate"},
      {{"serve", "--lisen", "127.0.0.1:1"}, "did you mean --listen"},
      {{"serve", "--lisen=127.0.0.1:1"}, "no flag --lisen;"},
      {{"serve", "extra"}, "\"extra\" is one argument too many"},
      {{"serve", "--data"}, "--data"},
      {{"publish", "a", "b"}, "\"b\" is one argument too many"},
      {{"publish", "--batch", "0"}, "--batch"},
      {{"publish", "--batch", "10001"}, "--batch"},
      {{"publish", "--on-invalid", "ignore"}, "--on-invalid"},
      {{"publish", "--retry-for", "soon"}, "--retry-for"},
      {{"events", "--retry-for", "soon"}, "--retry-for"},
      {{"bench", "--batch", "10001"}, "--batch"},
      {{"bench", "--duplicates", "1.5"}, "--duplicates"},
      {{"bench", "--max-time", "soon"}, "--max-time"},
      {{"bench", "--server-pid", "2147483647"}, "no process 2147483647"},
      {{"tail", "--interval", "1ms"}, "10ms to 1h"},
      {{"tail", "--interval", "often"}, "--interval"},
      {{"tail", "--from-start", "-n", "3"}, "--from-start"},
      {{"completion"}, "SHELL"},
      {{"completion", "tcsh"}, "bash"},
      {{"tail", "-n", "-1"}, "--last"},
      {{"events", "--limit", "x"}, "--limit"},
      {{"events", "--order", "up"}, "--order"},
      {{"events", "--all", "--json"}, "--all"},
      {{"stats", "--url", "https://a:1"}, "https"},
      {{"stats", "--url", "nonsense"}, "--url"},
      {{"health", "--for", "fun"}, "--for"},
      {{"config", "--io-threads", "65"}, "0 to 64"},
      {{"config", "--data", "a", "--data", "b"}, "one value"},
      {{"config", "--config", "/nonexistent.toml"}, "/nonexistent.toml"},
      {{"serve", "--listen", "0.0.0.0:0", "--data", "/nonexistent/x"}, "--allow-anonymous"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Run(c.arguments), kExitUsage) << ::testing::PrintToString(c.arguments);
    EXPECT_THAT(err(), HasSubstr(c.said));
    ExpectOneLineOnStderr();
    EXPECT_THAT(out(), IsEmpty());
  }
}

TEST_F(CliTest, AServerThatIsNotThereIsAFailure) {
  for (const char* command : {"stats", "health", "topics", "events", "bench"}) {
    EXPECT_EQ(Run({command, "--url", "http://127.0.0.1:1"}), kExitFailed) << command;
    EXPECT_THAT(err(), HasSubstr("127.0.0.1:1"));
    ExpectOneLineOnStderr();
  }
}

TEST_F(CliTest, ConfigShowsValuesAndOrigins) {
  environment_ = {{"ONCELOG_QUEUE_BYTES", "128MiB"}, {"ONCELOG_DATA", "elsewhere"}};
  EXPECT_EQ(Run({"config", "--data", "here", "--allow-anonymous", "--allowed-host", "a.example",
                 "--allowed-host", "b.example"}),
            kExitOk);
  EXPECT_THAT(out(), ::testing::ContainsRegex("data +here +--data"));
  EXPECT_THAT(out(), ::testing::ContainsRegex("queue-bytes +128MiB +ONCELOG_QUEUE_BYTES"));
  EXPECT_THAT(out(), ::testing::ContainsRegex("allow-anonymous +true +--allow-anonymous"));
  EXPECT_THAT(out(), ::testing::ContainsRegex("allowed-host +a.example,b.example +--allowed-host"));
  EXPECT_THAT(out(), ::testing::ContainsRegex("listen +127.0.0.1:8080 +default"));
}

TEST_F(CliTest, ConfigAsJsonIsJson) {
  EXPECT_EQ(Run({"config", "--json"}), kExitOk);
  const Result<Json> json = Json::Parse(out());
  ASSERT_TRUE(json.ok());
  const Json::Items& settings = (*json)["settings"].items();
  ASSERT_EQ(settings.size(), SettingsTable().size());
  EXPECT_EQ(settings[0].Text("name"), "data");
  EXPECT_EQ(settings[0].Text("origin"), "default");
}

TEST_F(CliTest, AMisspeltVariableIsWarnedOf) {
  environment_ = {{"ONCELOG_LISTN", "127.0.0.1:1"}};
  EXPECT_EQ(Run({"config"}), kExitOk);
  EXPECT_THAT(err(), AllOf(HasSubstr("warning"), HasSubstr("did you mean ONCELOG_LISTEN")));
}

TEST(NearestName, FindsTyposAndNothingFarther) {
  const std::vector<std::string> names = {"listen", "data", "log-level", "io-threads"};
  EXPECT_EQ(NearestName("lisen", names), "listen");
  EXPECT_EQ(NearestName("listne", names), "listen");
  EXPECT_EQ(NearestName("log_level", names), "log-level");
  EXPECT_EQ(NearestName("dta", names), "data");
  EXPECT_EQ(NearestName("zzzz", names), std::nullopt);
  EXPECT_EQ(NearestName("", names), std::nullopt);
  EXPECT_EQ(NearestName(std::string(1 << 20, 'a'), names), std::nullopt);
}

TEST(Target, EncodesWhatAQueryCannotHold) {
  EXPECT_EQ(Target("/events", {}), "/events");
  EXPECT_EQ(Target("/events", {{"topic", "a b&c=d+é/%"}, {"after", ""}, {"limit", "1"}}),
            "/events?topic=a%20b%26c%3Dd%2B%C3%A9%2F%25&limit=1");
}

TEST(JsonValue, GivesEmptyValuesForWhatIsNotThere) {
  const Result<Json> json = Json::Parse(R"({"a":[1,-2,2.5,"x",true,null],"b":{"c":7}})");
  ASSERT_TRUE(json.ok());
  const Json::Items& items = (*json)["a"].items();
  EXPECT_EQ(items[0].count(), 1U);
  EXPECT_EQ(items[1].count(), 0U);
  EXPECT_EQ(items[1].number(), -2.0);
  EXPECT_EQ(items[2].number(), 2.5);
  EXPECT_EQ(items[3].text(), "x");
  EXPECT_TRUE(items[4].is_true());
  EXPECT_TRUE(items[5].is_null());
  EXPECT_EQ((*json)["b"].Count("c"), 7U);
  EXPECT_TRUE((*json)["no"]["such"].is_null());
  EXPECT_FALSE(Json::Parse("{").ok());
  EXPECT_FALSE(Json::Parse("").ok());
  EXPECT_FALSE(Json::Parse(std::string(100'000, '[')).ok());
}

}  // namespace
}  // namespace oncelog::app
