#include "app/client/retry.h"

#include <gtest/gtest.h>

#include <vector>

namespace oncelog::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RetryPolicyTest : public ::testing::Test {
 protected:
  RetryPolicy Make(RetryOptions options) {
    RetryPolicy policy(
        options, [this] { return now_; }, [this] { return random_; });
    policy.Start();
    return policy;
  }

  milliseconds now_{1'000'000};
  double random_ = 0.5;
};

TEST_F(RetryPolicyTest, TheCeilingDoublesUpToTheCap) {
  RetryPolicy policy = Make({.base = milliseconds(100), .cap = milliseconds(400)});
  std::vector<int64_t> waits;
  for (int i = 0; i < 5; ++i) waits.push_back(policy.NextWait({})->count());
  EXPECT_EQ(waits, (std::vector<int64_t>{50, 100, 200, 200, 200}));
}

TEST_F(RetryPolicyTest, JitterCoversTheWholeRange) {
  random_ = 0.0;
  EXPECT_EQ(Make({.base = milliseconds(100)}).NextWait({}), milliseconds(0));
  random_ = 0.999;
  EXPECT_EQ(Make({.base = milliseconds(100)}).NextWait({}), milliseconds(99));
}

TEST_F(RetryPolicyTest, NeverSoonerThanRetryAfter) {
  random_ = 0.0;
  EXPECT_EQ(Make({}).NextWait(seconds(7)), seconds(7));
  random_ = 0.5;
  EXPECT_EQ(Make({.base = milliseconds(100)}).NextWait(seconds(7)), milliseconds(7050));
}

TEST_F(RetryPolicyTest, GivesUpWhenTheTimeIsOver) {
  RetryPolicy policy = Make({.total = seconds(10)});
  now_ += milliseconds(9'999);
  EXPECT_EQ(policy.NextWait({}), milliseconds(1)) << "the last try falls onto the end";
  now_ += milliseconds(1);
  EXPECT_EQ(policy.NextWait({}), std::nullopt);
}

TEST_F(RetryPolicyTest, GivesUpWhenRetryAfterLiesBeyondTheEnd) {
  RetryPolicy policy = Make({.total = seconds(10)});
  EXPECT_EQ(policy.NextWait(seconds(11)), std::nullopt);
  EXPECT_EQ(policy.NextWait(seconds(10)), seconds(10));
}

TEST_F(RetryPolicyTest, EveryRequestStartsAnew) {
  RetryPolicy policy = Make({.base = milliseconds(100), .total = seconds(1)});
  policy.NextWait({});
  now_ += seconds(2);
  EXPECT_EQ(policy.NextWait({}), std::nullopt);
  policy.Start();
  EXPECT_EQ(policy.NextWait({}), milliseconds(50));
}

TEST_F(RetryPolicyTest, WithoutTimeThereIsNoRetry) {
  EXPECT_EQ(Make({.total = milliseconds(0)}).NextWait({}), std::nullopt);
}

TEST(IsRetryable, OnlyWhatAnotherTryMayMend) {
  for (const int status : {408, 429, 500, 502, 503, 504, 507}) {
    EXPECT_TRUE(IsRetryable(status, "")) << status;
  }
  for (const int status : {200, 204, 301, 400, 401, 403, 404, 409, 413, 415, 421, 501, 505}) {
    EXPECT_FALSE(IsRetryable(status, "")) << status;
  }
}

TEST(IsRetryable, TheCodeTellsWhatStaysFromWhatPasses) {
  EXPECT_TRUE(IsRetryable(507, "disk_full"));
  EXPECT_FALSE(IsRetryable(507, "too_many_topics"));
  EXPECT_TRUE(IsRetryable(500, "internal"));
  EXPECT_FALSE(IsRetryable(500, "damaged"));
  EXPECT_TRUE(IsRetryable(503, "read_only"));
}

TEST(ParseRetryAfter, TakesSeconds) {
  EXPECT_EQ(ParseRetryAfter("3", {}), seconds(3));
  EXPECT_EQ(ParseRetryAfter("0", {}), seconds(0));
  EXPECT_EQ(ParseRetryAfter("99999999999", {}), seconds(86400));
  for (const char* text : {"", "-1", "1.5", "3s", "soon", "Wed, 22 Oct 2025"}) {
    EXPECT_EQ(ParseRetryAfter(text, {}), std::nullopt) << text;
  }
}

TEST(ParseRetryAfter, TakesADate) {
  const UnixMs ten{1'761'127'200'000};  // 2025-10-22T10:00:00Z
  const char* const date = "Wed, 22 Oct 2025 10:00:07 GMT";
  EXPECT_EQ(ParseRetryAfter(date, ten), seconds(7));
  EXPECT_EQ(ParseRetryAfter(date, {ten.value + 1}), seconds(7)) << "never sooner";
  EXPECT_EQ(ParseRetryAfter(date, {ten.value + 8000}), seconds(0));
  EXPECT_EQ(ParseRetryAfter("Wed, 22 Oct 2036 10:00:07 GMT", ten), seconds(86400));
}

TEST(ParseHttpDate, TakesTheThreeForms) {
  const UnixMs moment{784'111'777'000};  // the one of RFC 9110
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), moment);
  EXPECT_EQ(ParseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT"), moment);
  EXPECT_EQ(ParseHttpDate("Sun Nov  6 08:49:37 1994"), moment);
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37"), std::nullopt);
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT+1"), std::nullopt);
  EXPECT_EQ(ParseHttpDate(""), std::nullopt);
}

}  // namespace
}  // namespace oncelog::app
