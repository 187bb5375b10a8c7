// What of the server can be decided without one; the running server is tested in tests/api.
#include "app/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config/resolve.h"
#include "app/start_message.h"

namespace oncelog::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Settings WithListen(const char* listen) {
  Settings settings = Resolve({})->settings;
  settings.listen = *ParseHostPort(listen);
  return settings;
}

TEST(CheckExposure, OtherMachinesGetInOnlyIfThatWasAskedFor) {
  for (const char* listen : {"127.0.0.1:1", "localhost:1", "[::1]:1"}) {
    EXPECT_TRUE(CheckExposure(WithListen(listen)).ok()) << listen;
  }
  for (const char* listen : {"0.0.0.0:1", "[::]:1", "192.168.1.1:1"}) {
    Settings settings = WithListen(listen);
    const Status refused = CheckExposure(settings);
    ASSERT_FALSE(refused.ok()) << listen;
    EXPECT_EQ(refused.error().code(), Code::kInvalid);
    EXPECT_THAT(refused.error().message(), HasSubstr("--allow-anonymous"));
    settings.allow_anonymous = true;
    EXPECT_TRUE(CheckExposure(settings).ok()) << listen;
  }
}

TEST(IoThreads, AreHalfOfTheCoresUnlessSet) {
  Settings settings = Resolve({})->settings;
  EXPECT_EQ(IoThreads(settings, 0), 1) << "unknown";
  EXPECT_EQ(IoThreads(settings, 1), 1);
  EXPECT_EQ(IoThreads(settings, 2), 1);
  EXPECT_EQ(IoThreads(settings, 8), 4);
  EXPECT_EQ(IoThreads(settings, 1000), 64);
  settings.io_threads = 3;
  EXPECT_EQ(IoThreads(settings, 8), 3);
}

TEST(StartMessage, SaysWhereWhatAndHow) {
  const std::string text =
      StartMessage("1.2.3", {"127.0.0.1", 4711}, "data",
                   {.events = 1234567, .topics = 1, .replayed_events = 1000, .clean_stop = false});
  EXPECT_TRUE(text.starts_with("oncelog 1.2.3  http://127.0.0.1:4711\n")) << text;
  EXPECT_THAT(text, HasSubstr("1,234,567 in 1 topic; 1,000 replayed"));
  EXPECT_THAT(text, HasSubstr("every answer after fdatasync"));
  EXPECT_THAT(text,
              HasSubstr("curl -H 'Content-Type: application/json' http://127.0.0.1:4711/publish"));
  EXPECT_THAT(text, Not(HasSubstr("torn")));
}

TEST(StartMessage, TellsOfSavedBytes) {
  const std::string text =
      StartMessage("1", {"::", 1}, "d", {.torn_file = "d/p0000/log/7.torn", .torn_bytes = 8192});
  EXPECT_THAT(text, HasSubstr("8,192 bytes"));
  EXPECT_THAT(text, HasSubstr("d/p0000/log/7.torn"));
  EXPECT_THAT(text, HasSubstr("none yet"));
  EXPECT_THAT(text, HasSubstr("http://[::1]:1/publish")) << "a client cannot connect to [::]";
}

}  // namespace
}  // namespace oncelog::app
