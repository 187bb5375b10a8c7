#include "api/reader_pool.h"

#include <cstdint>
#include <utility>

#include "base/thread_name.h"

namespace oncelog::api {

ReaderPool::ReaderPool(int threads, size_t queue_max) : queue_max_(queue_max) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

ReaderPool::~ReaderPool() { Stop(); }

bool ReaderPool::Run(Job job) { return Add(std::move(job), queue_max_); }

bool ReaderPool::RunAlways(Job job) { return Add(std::move(job), SIZE_MAX); }

bool ReaderPool::Add(Job job, size_t queue_max) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_max) return false;
    queue_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void ReaderPool::Work() {
  NameThread("reader");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const Job job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

void ReaderPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace oncelog::api
