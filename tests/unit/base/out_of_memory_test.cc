#include "base/out_of_memory.h"

#include <gtest/gtest.h>

namespace oncelog {
namespace {

TEST(OrOutOfMemory, PassesOnWhatTheWorkYields) {
  EXPECT_EQ(*OrOutOfMemory([] { return Result<int>(7); }), 7);
  const Status refused = OrOutOfMemory([] { return Status(Error(Code::kDiskFull, "full")); });
  EXPECT_EQ(refused.error().code(), Code::kDiskFull);
}

TEST(OrOutOfMemory, MakesAnErrorOfNoMemory) {
  const Status failed = OrOutOfMemory([]() -> Status { throw std::bad_alloc(); });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code(), Code::kIo);
}

}  // namespace
}  // namespace oncelog
