// ReaderPool: the few threads on which queries read the disk, or large bodies are decoded, so that
// no I/O loop waits for it. Its queue is bounded: a full one is the client's 503 busy, not the
// server's memory.
//
//   ReaderPool pool(2, 256);
//   if (!pool.Run([…] { … })) …busy…
//
// Threads: Run and RunAlways from any. Ownership: the destructor (or Stop) finishes what is queued
// and joins; later jobs are refused.
// Errors: false for a job that was not taken.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace oncelog::api {

class ReaderPool {
 public:
  using Job = std::function<void()>;

  ReaderPool(int threads, size_t queue_max);
  ~ReaderPool();
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  [[nodiscard]] bool Run(Job job);
  // For the next piece of a stream that was admitted before: at most one a connection, so they are
  // bounded by that.
  [[nodiscard]] bool RunAlways(Job job);

  void Stop();

 private:
  bool Add(Job job, size_t queue_max);
  void Work();

  const size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;  // under mutex_
  bool stopping_ = false;  // under mutex_
  std::vector<std::thread> threads_;
};

}  // namespace oncelog::api
