// Commits slow down little by little while sealing lags behind.
#include "ingest/seal_pace.h"

#include <gtest/gtest.h>

namespace oncelog::ingest {
namespace {

constexpr uint64_t kMax = 8'000'000;

int64_t Pause(uint64_t backlog, uint64_t frame_bytes = 1000) {
  return SealPause(backlog, kMax, frame_bytes).count();
}

TEST(SealPace, BeginsBeyondHalfOfTheBoundAndGrowsUpToIt) {
  EXPECT_EQ(Pause(0), 0);
  EXPECT_EQ(Pause(kMax / 2), 0);
  EXPECT_GT(Pause(kMax / 2 + 1, 1 << 20), 0);
  EXPECT_EQ(Pause(kMax * 3 / 4), kSealPausePerByteMax.count() * 1000 / 2);
  int64_t before = 0;
  for (uint64_t backlog = kMax / 2 + 100'000; backlog <= kMax; backlog += 100'000) {
    EXPECT_GT(Pause(backlog), before);
    before = Pause(backlog);
  }
}

TEST(SealPace, IsBounded) {
  EXPECT_EQ(Pause(kMax), kSealPausePerByteMax.count() * 1000);
  EXPECT_EQ(Pause(kMax + 1), Pause(kMax));
  EXPECT_EQ(Pause(UINT64_MAX), Pause(kMax));
  EXPECT_EQ(Pause(kMax, uint64_t{1} << 40), std::chrono::nanoseconds(kSealPauseMax).count());
}

TEST(SealPace, AtTheBoundItIsFull) {
  EXPECT_FALSE(SealBacklogIsFull(0, kMax));
  EXPECT_FALSE(SealBacklogIsFull(kMax - 1, kMax));
  EXPECT_TRUE(SealBacklogIsFull(kMax, kMax));
  EXPECT_TRUE(SealBacklogIsFull(kMax + 1, kMax));
}

}  // namespace
}  // namespace oncelog::ingest
