#include "app/config/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace oncelog::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Layer Given(const std::string& name, const std::string& value, const std::string& origin) {
  return {{name, {{value}, origin}}};
}

TEST(SettingsTable, EveryDefaultIsWithinItsBounds) {
  const Result<Effective> effective = Resolve({});
  ASSERT_TRUE(effective.ok()) << effective.error().message();
  for (const SettingSpec& spec : SettingsTable()) {
    EXPECT_EQ(effective->origins.at(spec.name), "default");
    EXPECT_EQ(ShowSetting(spec, effective->settings), spec.default_text) << spec.name;
  }
  EXPECT_EQ(effective->settings.data, "data");
  EXPECT_EQ(effective->settings.listen, (HostPort{"127.0.0.1", 8080}));
  EXPECT_EQ(effective->settings.queue_bytes, uint64_t{64} << 20);
  EXPECT_FALSE(effective->settings.allow_anonymous);
}

TEST(SettingsTable, NamesAreUniqueAndHaveThreeSpellings) {
  std::set<std::string> names;
  for (const SettingSpec& spec : SettingsTable()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_FALSE(spec.help.empty()) << spec.name;
  }
  EXPECT_EQ(FindSetting("queue-bytes")->flag(), "--queue-bytes");
  EXPECT_EQ(FindSetting("queue-bytes")->variable(), "ONCELOG_QUEUE_BYTES");
  EXPECT_EQ(FindSetting("no-such"), nullptr);
}

TEST(Resolve, TheStrongestLayerWins) {
  const Layer flags = Given("data", "from-flag", "--data");
  const Layer environment = {{"data", {{"from-env"}, "ONCELOG_DATA"}},
                             {"log-level", {{"warn"}, "ONCELOG_LOG_LEVEL"}}};
  const Layer file = {{"data", {{"from-file"}, "oncelog.toml:1"}},
                      {"log-level", {{"debug"}, "oncelog.toml:2"}},
                      {"io-threads", {{"3"}, "oncelog.toml:3"}}};
  const std::vector<Layer> layers = {flags, environment, file};
  const Result<Effective> effective = Resolve(layers);
  ASSERT_TRUE(effective.ok());
  EXPECT_EQ(effective->settings.data, "from-flag");
  EXPECT_EQ(effective->origins.at("data"), "--data");
  EXPECT_EQ(effective->settings.log_level, "warn");
  EXPECT_EQ(effective->origins.at("log-level"), "ONCELOG_LOG_LEVEL");
  EXPECT_EQ(effective->settings.io_threads, 3U);
  EXPECT_EQ(effective->origins.at("io-threads"), "oncelog.toml:3");
  EXPECT_EQ(effective->origins.at("listen"), "default");
}

TEST(Resolve, TakesBoundsThemselvesAndNothingBeyond) {
  struct Case {
    const char* name;
    const char* value;
    bool ok;
  };
  const Case cases[] = {
      {"io-threads", "0", true},
      {"io-threads", "64", true},
      {"io-threads", "65", false},
      {"io-threads", "-1", false},
      {"queue-bytes", "48MiB", true},
      {"queue-bytes", "50331647", false},
      {"queue-bytes", "64GiB", true},
      {"queue-bytes", "68719476737", false},
      {"shutdown-grace", "0s", true},
      {"shutdown-grace", "10min", true},
      {"shutdown-grace", "601s", false},
      {"idle-timeout", "0s", false},
      {"log-level", "trace", false},
      {"log-level", "off", true},
      {"allow-anonymous", "yes", false},
      {"allow-anonymous", "true", true},
      {"listen", "8080", false},
      {"listen", "nosuch:8080", false},
      {"listen", "localhost:8080", true},
      {"allowed-host", "a.example:80", true},
      {"allowed-host", "[::1]", true},
      {"allowed-host", "*", true},
      {"allowed-host", "http://a.example", false},
      {"cors-origin", "https://a.example", true},
      {"cors-origin", "http://localhost:3000/", true},
      {"cors-origin", "*", true},
      {"cors-origin", "a.example", false},
      {"cors-origin", "https://a.example/b", false},
      {"cors-origin", "ftp://a.example", false},
      {"listen", "[::1]:0", true},
      {"data", "", false},
      {"data", "a\nb", false},
      {"connections-max", "0", false},
      {"connections-max", "1", true},
  };
  for (const Case& c : cases) {
    const std::vector<Layer> layers = {Given(c.name, c.value, "here")};
    const Result<Effective> effective = Resolve(layers);
    EXPECT_EQ(effective.ok(), c.ok) << c.name << "=" << c.value;
    if (!effective.ok()) {
      EXPECT_EQ(effective.error().code(), Code::kInvalid);
    }
  }
}

TEST(Resolve, ARefusalNamesSettingValueOriginAndWhatIsAllowed) {
  const std::vector<Layer> layers = {Given("io-threads", "99", "ONCELOG_IO_THREADS")};
  const Result<Effective> effective = Resolve(layers);
  ASSERT_FALSE(effective.ok());
  EXPECT_THAT(effective.error().message(),
              AllOf(HasSubstr("io-threads"), HasSubstr("\"99\""), HasSubstr("ONCELOG_IO_THREADS"),
                    HasSubstr("0 to 64")));
  EXPECT_EQ(effective.error().message().find('\n'), std::string::npos);
}

TEST(Resolve, OnlyListsTakeSeveralValues) {
  const std::vector<Layer> twice = {{{"data", {{"a", "b"}, "--data"}}}};
  EXPECT_FALSE(Resolve(twice).ok());
  const std::vector<Layer> list = {{{"allowed-host", {{"a", "b"}, "--allowed-host"}}}};
  EXPECT_THAT(Resolve(list)->settings.allowed_hosts, ElementsAre("a", "b"));
}

TEST(EnvironmentLayer, ReadsSettingsAndSplitsLists) {
  std::vector<std::string> warnings;
  const Layer layer = EnvironmentLayer(
      {{"ONCELOG_DATA", "/srv/x"}, {"ONCELOG_ALLOWED_HOST", "a.example,,b.example"}, {"HOME", "/"}},
      &warnings);
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_EQ(layer.size(), 2U);
  EXPECT_THAT(layer.at("data").values, ElementsAre("/srv/x"));
  EXPECT_THAT(layer.at("allowed-host").values, ElementsAre("a.example", "b.example"));
}

TEST(EnvironmentLayer, WarnsOfUnknownVariablesOfOurs) {
  std::vector<std::string> warnings;
  EnvironmentLayer({{"ONCELOG_LISTN", "x"}, {"ONCELOG_URL", "http://a:1"}}, &warnings);
  EXPECT_THAT(warnings,
              ElementsAre(AllOf(HasSubstr("ONCELOG_LISTN"), HasSubstr("ONCELOG_LISTEN"))));
}

TEST(Toml, ReadsEveryTypeThatSettingsTake) {
  const Result<Layer> layer = ParseToml(
      "# comment\n"
      "data = \"/srv/oncelog\"\n"
      "queue-bytes = 67108864\n"
      "frame-bytes = \"8MiB\"\n"
      "allow-anonymous = true\n"
      "allowed-host = [\"a.example\", \"b.example\"]\n",
      "oncelog.toml");
  ASSERT_TRUE(layer.ok()) << layer.error().message();
  const std::vector<Layer> layers = {*layer};
  const Result<Effective> effective = Resolve(layers);
  ASSERT_TRUE(effective.ok()) << effective.error().message();
  EXPECT_EQ(effective->settings.data, "/srv/oncelog");
  EXPECT_EQ(effective->settings.queue_bytes, uint64_t{64} << 20);
  EXPECT_EQ(effective->settings.frame_bytes, uint64_t{8} << 20);
  EXPECT_TRUE(effective->settings.allow_anonymous);
  EXPECT_THAT(effective->settings.allowed_hosts, ElementsAre("a.example", "b.example"));
  EXPECT_EQ(effective->origins.at("queue-bytes"), "oncelog.toml:3");
}

TEST(Toml, RefusesUnknownKeysWithTheNearestName) {
  const Result<Layer> layer = ParseToml("data = \"x\"\nlisen = \"127.0.0.1:1\"\n", "o.toml");
  ASSERT_FALSE(layer.ok());
  EXPECT_EQ(layer.error().code(), Code::kInvalid);
  EXPECT_THAT(layer.error().message(),
              AllOf(HasSubstr("o.toml:2"), HasSubstr("did you mean listen")));
}

TEST(Toml, RefusesWrongTypesAndBrokenFiles) {
  for (const char* text : {"data = 1.5", "data = [\"a\"]", "[data]\nx = 1", "data = 2025-10-22",
                           "data = \"a\"\ndata = \"b\"", "data = ", "allowed-host = [[\"a\"]]"}) {
    const Result<Layer> layer = ParseToml(text, "o.toml");
    ASSERT_FALSE(layer.ok()) << text;
    EXPECT_EQ(layer.error().message().find('\n'), std::string::npos) << text;
    EXPECT_THAT(layer.error().message(), HasSubstr("o.toml:")) << text;
  }
}

TEST(Toml, AFileThatIsNotThereIsAnError) {
  EXPECT_FALSE(ReadTomlFile("/nonexistent/oncelog.toml").ok());
  EXPECT_FALSE(ReadTomlFile("/").ok());
}

}  // namespace
}  // namespace oncelog::app
