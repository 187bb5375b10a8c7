#include "metrics/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>

namespace oncelog::metrics {
namespace {

TEST(ProcessTest, SaysSomethingTrueOfThisProcess) {
  const ProcessFigures before = ReadProcessFigures();
  EXPECT_GT(before.resident_bytes, 100'000U);
  EXPECT_GT(before.virtual_bytes, before.resident_bytes);
  EXPECT_GT(before.open_files_max, before.open_files);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_GT(before.start_unix_seconds, now - 86'400);
  EXPECT_LT(before.start_unix_seconds, now + 60);

  const int file = ::open("/dev/null", O_RDONLY);
  ASSERT_GE(file, 0);
  const ProcessFigures after = ReadProcessFigures();
  EXPECT_EQ(after.open_files, before.open_files + 1);
  EXPECT_GE(after.cpu_seconds, before.cpu_seconds);
  ::close(file);
}

}  // namespace
}  // namespace oncelog::metrics
