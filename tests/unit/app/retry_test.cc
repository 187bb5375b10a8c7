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
  for (const int status : {408, 429, 500, 502, 503, 504, 507}) EXPECT_TRUE(IsRetryable(status));
  for (const int status : {200, 204, 301, 400, 401, 403, 404, 409, 413, 415, 421}) {
    EXPECT_FALSE(IsRetryable(status)) << status;
  }
}

TEST(ParseRetryAfter, TakesSecondsOnly) {
  EXPECT_EQ(ParseRetryAfter("3"), seconds(3));
  EXPECT_EQ(ParseRetryAfter("0"), seconds(0));
  EXPECT_EQ(ParseRetryAfter("99999999999"), seconds(86400));
  EXPECT_EQ(ParseRetryAfter(""), std::nullopt);
  EXPECT_EQ(ParseRetryAfter("-1"), std::nullopt);
  EXPECT_EQ(ParseRetryAfter("Wed, 22 Oct 2025 10:00:00 GMT"), std::nullopt);
}

}  // namespace
}  // namespace oncelog::app
