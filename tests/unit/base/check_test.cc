#include "base/check.h"

#include <gtest/gtest.h>

namespace oncelog {
namespace {

TEST(Check, DoesNothingWhileItHolds) { Check(true, "one is one"); }

TEST(CheckDeathTest, StopsTheProcessAndNamesThePlaceOfTheCaller) {
  EXPECT_DEATH(Check(false, "one is two"), "one is two \\(.*check_test\\.cc:[0-9]+ in ");
}

}  // namespace
}  // namespace oncelog
