#include "app/config/host_port.h"

#include <gtest/gtest.h>

namespace oncelog::app {
namespace {

TEST(HostPort, ReadsNamesAndBothKindsOfAddresses) {
  EXPECT_EQ(*ParseHostPort("127.0.0.1:8080"), (HostPort{"127.0.0.1", 8080}));
  EXPECT_EQ(*ParseHostPort("localhost:0"), (HostPort{"localhost", 0}));
  EXPECT_EQ(*ParseHostPort("[::1]:65535"), (HostPort{"::1", 65535}));
}

TEST(HostPort, RefusesWhatIsMalformed) {
  for (const char* text : {"", ":", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:-1", "127.0.0.1:80x", "::1:8080", "[::1]", "[::1:80",
                           "[localhost]:80", "a b:80", "a/b:80", "http://127.0.0.1:80"}) {
    EXPECT_FALSE(ParseHostPort(text).ok()) << text;
  }
}

TEST(HostPort, KnowsWhatOtherMachinesCannotReach) {
  for (const char* text : {"localhost:1", "127.0.0.1:1", "127.9.9.9:1", "[::1]:1"}) {
    EXPECT_TRUE(ParseHostPort(text)->IsLoopback()) << text;
  }
  for (const char* text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "localhost.evil.example:1",
                           "127.0.0.1.evil.example:1", "[fe80::1]:1"}) {
    EXPECT_FALSE(ParseHostPort(text)->IsLoopback()) << text;
  }
}

TEST(HostPort, ShowsWhatItRead) {
  for (const char* text : {"127.0.0.1:8080", "[::1]:8080", "localhost:0"}) {
    EXPECT_EQ(ParseHostPort(text)->ToString(), text);
  }
  EXPECT_TRUE(ParseHostPort("[::]:1")->IsWildcard());
  EXPECT_FALSE(ParseHostPort("127.0.0.1:1")->IsWildcard());
}

TEST(HostPort, ReadsUrls) {
  EXPECT_EQ(*ParseUrl("http://127.0.0.1:8080"), (HostPort{"127.0.0.1", 8080}));
  EXPECT_EQ(*ParseUrl("http://[::1]:8080/"), (HostPort{"::1", 8080}));
  EXPECT_EQ(*ParseUrl("http://events.example"), (HostPort{"events.example", 80}));
  EXPECT_EQ(*ParseUrl("127.0.0.1:8080"), (HostPort{"127.0.0.1", 8080}));
  for (const char* text : {"", "http://", "https://a:1", "ftp://a:1", "http://a:1/path", "a",
                           "http://a:0", "http://user@a:1"}) {
    EXPECT_FALSE(ParseUrl(text).ok()) << text;
  }
}

}  // namespace
}  // namespace oncelog::app
