// Commits slow down little by little while sealing lags behind.
#include "ingest/seal_pace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace oncelog::ingest {
namespace {

using std::chrono::nanoseconds;

constexpr uint64_t kMax = 8'000'000;

// What one frame costs the frames behind it.
int64_t Owed(uint64_t backlog, uint64_t frame_bytes = 1000) {
  SealPace pace(kMax);
  pace.Wrote(backlog, frame_bytes);
  int64_t owed = 0;
  while (const int64_t pause = pace.NextPause().count()) owed += pause;
  return owed;
}

TEST(SealPace, BeginsBeyondHalfOfTheBoundAndGrowsUpToIt) {
  EXPECT_EQ(Owed(0), 0);
  EXPECT_EQ(Owed(kMax / 2), 0);
  EXPECT_GT(Owed(kMax / 2 + 1, 1 << 20), 0);
  EXPECT_EQ(Owed(kMax * 3 / 4), kSealPausePerByteMax.count() * 1000 / 2);
  int64_t before = 0;
  for (uint64_t backlog = kMax / 2 + 100'000; backlog <= kMax; backlog += 100'000) {
    EXPECT_GT(Owed(backlog), before);
    before = Owed(backlog);
  }
}

TEST(SealPace, IsBounded) {
  EXPECT_EQ(Owed(kMax), kSealPausePerByteMax.count() * 1000);
  EXPECT_EQ(Owed(kMax + 1), Owed(kMax));
  EXPECT_EQ(Owed(UINT64_MAX), Owed(kMax));
  EXPECT_EQ(Owed(kMax, uint64_t{1} << 40), nanoseconds(kSealOwedMax).count());
}

TEST(SealPace, OneFrameWaitsForAMomentAndLeavesTheRest) {
  SealPace pace(kMax);
  for (int frame = 0; frame < 3; ++frame) pace.Wrote(kMax, 1 << 20);  // 67 ms each
  const int64_t owed = 3 * kSealPausePerByteMax.count() << 20;
  const int64_t most = nanoseconds(kSealPauseMax).count();
  for (int64_t left = owed; left > 0; left -= most) {
    EXPECT_EQ(pace.NextPause().count(), std::min(left, most));
  }
  EXPECT_EQ(pace.NextPause().count(), 0);
}

TEST(SealPace, FramesTogetherOweNoMoreThanTheBound) {
  SealPace pace(kMax);
  for (int frame = 0; frame < 100; ++frame) pace.Wrote(kMax, 1 << 20);
  nanoseconds owed{0};
  for (nanoseconds pause = pace.NextPause(); pause.count() > 0; pause = pace.NextPause()) {
    owed += pause;
  }
  EXPECT_EQ(owed, nanoseconds(kSealOwedMax));
}

TEST(SealPace, NothingIsOwedOnceSealingKeepsUp) {
  SealPace pace(kMax);
  pace.Wrote(kMax, 1 << 20);
  EXPECT_GT(pace.NextPause().count(), 0);
  pace.Wrote(kMax / 2, 1000);
  EXPECT_EQ(pace.NextPause().count(), 0);
}

TEST(SealPace, AtTheBoundItIsFull) {
  EXPECT_FALSE(SealBacklogIsFull(0, kMax));
  EXPECT_FALSE(SealBacklogIsFull(kMax - 1, kMax));
  EXPECT_TRUE(SealBacklogIsFull(kMax, kMax));
  EXPECT_TRUE(SealBacklogIsFull(kMax + 1, kMax));
}

}  // namespace
}  // namespace oncelog::ingest
