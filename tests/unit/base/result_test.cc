#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace oncelog {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0) return Error(Code::kInvalid, "odd");
  return number / 2;
}

TEST(Result, HoldsAValue) {
  const Result<int> half = Half(8);
  ASSERT_TRUE(half.ok());
  EXPECT_TRUE(static_cast<bool>(half));
  EXPECT_EQ(*half, 4);
}

TEST(Result, HoldsAnError) {
  const Result<int> half = Half(7);
  ASSERT_FALSE(half.ok());
  EXPECT_EQ(half.error().code(), Code::kInvalid);
  EXPECT_EQ(half.error().message(), "odd");
}

TEST(Result, TakeMovesTheValueOut) {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = made.Take();
  ASSERT_NE(taken, nullptr);
  EXPECT_EQ(*taken, 5);
}

TEST(Result, AnErrorIsNeverMistakenForAStringValue) {
  const Result<std::string> text = Error(Code::kIo, "gone");
  EXPECT_FALSE(text.ok());
  const Result<std::string> value = std::string("gone");
  EXPECT_TRUE(value.ok());
}

TEST(Error, AnnotateKeepsTheCodeAndSaysWhatWasDone) {
  const Error error = Error(Code::kDiskFull, "no space").Annotate("writing the log");
  EXPECT_EQ(error.code(), Code::kDiskFull);
  EXPECT_EQ(error.message(), "writing the log: no space");
}

TEST(Status, IsOkUnlessGivenAnError) {
  EXPECT_TRUE(OkStatus().ok());
  const Status failed = Error(Code::kReadOnly, "sync failed");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code(), Code::kReadOnly);
}

TEST(CodeName, IsDifferentForEachCode) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(Code::kIo); ++code) {
    names.insert(CodeName(static_cast<Code>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(Code::kIo) + 1);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(ResultDeathTest, TheValueOfAnErrorStopsTheProcess) {
  const Result<int> half = Half(7);
  EXPECT_DEATH({ (void)*half; }, "holds an error");
}

TEST(ResultDeathTest, TheErrorOfAValueStopsTheProcess) {
  const Result<int> half = Half(8);
  EXPECT_DEATH({ (void)half.error(); }, "holds a value");
}

}  // namespace
}  // namespace oncelog
