// WorkerPool: the few threads on which queries read the disk, large bodies are decoded, or changes
// wait for their sync, so that no I/O loop waits for it. Its queue is bounded: a full one is the
// client's 503 busy, not the server's memory.
//
//   WorkerPool pool(2, 256);
//   if (!pool.Run([…] { … })) …busy…
//
// Threads: any, but for Stop. Ownership: the destructor (or Stop) finishes what is queued and
// joins; later jobs are refused.
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

class WorkerPool {
 public:
  using Job = std::function<void()>;

  WorkerPool(int threads, size_t queue_max);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  [[nodiscard]] bool Run(Job job);
  // For the next piece of a stream that was admitted before: at most one a connection, so they are
  // bounded by that.
  [[nodiscard]] bool RunAlways(Job job);

  void Stop();

  [[nodiscard]] size_t waiting() const;  // jobs that no thread has begun

 private:
  bool Add(Job job, size_t queue_max);
  void Work();

  const size_t queue_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;  // under mutex_
  bool stopping_ = false;  // under mutex_
  std::vector<std::thread> threads_;
};

}  // namespace oncelog::api
