#include "api/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace oncelog::api {
namespace {

TEST(WorkerPoolTest, RefusesOneMoreThanItsBound) {
  WorkerPool pool(1, 2);
  std::promise<void> begun;
  std::promise<void> release;
  std::atomic<int> done = 0;
  ASSERT_TRUE(pool.Run([&] {
    begun.set_value();
    release.get_future().wait();
    ++done;
  }));
  begun.get_future().wait();
  EXPECT_EQ(pool.waiting(), 0U) << "it has left the queue";
  EXPECT_TRUE(pool.Run([&] { ++done; }));
  EXPECT_TRUE(pool.Run([&] { ++done; }));
  EXPECT_FALSE(pool.Run([&] { ++done; }));
  EXPECT_TRUE(pool.RunAlways([&] { ++done; }));
  EXPECT_EQ(pool.waiting(), 3U);
  release.set_value();
  pool.Stop();
  EXPECT_EQ(done, 4);
  EXPECT_FALSE(pool.Run([] {}));
  EXPECT_FALSE(pool.RunAlways([] {}));
}

TEST(WorkerPoolTest, ThreadsWorkSideBySide) {
  WorkerPool pool(2, 10);
  std::promise<void> first;
  std::promise<void> second;
  ASSERT_TRUE(pool.Run([&] {
    first.set_value();
    second.get_future().wait();
  }));
  ASSERT_TRUE(pool.Run([&] {
    first.get_future().wait();
    second.set_value();
  }));
  pool.Stop();
}

}  // namespace
}  // namespace oncelog::api
