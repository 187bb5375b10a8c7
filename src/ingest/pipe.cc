#include "ingest/pipe.h"

#include <utility>

#include "base/check.h"

namespace oncelog::ingest {
namespace {

constexpr std::chrono::milliseconds kFlushMoment{100};

}  // namespace

Status Pipe::Push(std::unique_ptr<Work>& work) {
  const size_t bytes = work->batch.arena.size();
  const size_t submissions = work->batch.submissions.size();
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    if (stopping_) return Error(Code::kBusy, "the server is stopping");
    // One batch of any size is taken by an empty pipe, so that none is refused for ever.
    if (bytes_.load() != 0 && bytes_.load() + bytes > bytes_max_) {
      return Error(Code::kBusy, "too many submissions are waiting to become durable");
    }
    bytes_ += bytes;
    submissions_ += submissions;
    was_empty = queue_.empty();
    queue_.push_back(std::move(work));
  }
  if (was_empty) committer_.notify_one();
  return OkStatus();
}

Pipe::Turn Pipe::Next(size_t room_bytes, bool frame_open, const Deadline& wake_at) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] {
    const bool free = handed_ == nullptr && !syncing_;
    return failure_ || (room_bytes > 0 && !queue_.empty()) || (frame_open && free) ||
           (stopping_ && !frame_open);
  };
  if (wake_at) {
    committer_.wait_until(lock, *wake_at, ready);
  } else {
    committer_.wait(lock, ready);
  }
  Turn turn;
  turn.syncer_free = handed_ == nullptr && !syncing_;
  turn.failed = failure_.has_value();
  for (size_t taken = 0; !queue_.empty() && taken < room_bytes;) {
    taken += queue_.front()->batch.arena.size();
    turn.works.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  turn.stopping = stopping_ && queue_.empty();
  return turn;
}

void Pipe::Hand(std::unique_ptr<Commit> commit) {
  {
    const std::lock_guard lock(mutex_);
    Check(handed_ == nullptr && !syncing_, "a commit is handed over only to a free syncer");
    handed_ = std::move(commit);
  }
  syncer_.notify_one();
}

std::unique_ptr<Commit> Pipe::NewCommit() {
  std::unique_ptr<Commit> commit;
  {
    const std::lock_guard lock(mutex_);
    commit = std::move(used_);
  }
  if (commit == nullptr) return std::make_unique<Commit>();
  commit->frame.Clear();
  commit->works.clear();
  commit->place = {};
  commit->freeze.reset();
  return commit;
}

void Pipe::Finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  syncer_.notify_one();
}

void Pipe::WaitForFlush() {
  std::unique_lock lock(mutex_);
  committer_.wait_for(lock, kFlushMoment, [this] { return flushed_ || failure_; });
  flushed_ = false;
}

void Pipe::Wake() {
  {
    const std::lock_guard lock(mutex_);
    flushed_ = true;
  }
  committer_.notify_one();
}

std::unique_ptr<Commit> Pipe::Take() {
  std::unique_lock lock(mutex_);
  syncer_.wait(lock, [this] { return handed_ != nullptr || finished_; });
  syncing_ = handed_ != nullptr;
  return std::move(handed_);
}

void Pipe::Done(std::unique_ptr<Commit> used) {
  {
    const std::lock_guard lock(mutex_);
    used_ = std::move(used);
    syncing_ = false;
  }
  committer_.notify_one();
}

void Pipe::Fail(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    failure_ = error;
    syncing_ = false;
  }
  committer_.notify_one();
}

void Pipe::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  committer_.notify_one();
}

void Pipe::Release(const std::vector<std::unique_ptr<Work>>& works) {
  for (const std::unique_ptr<Work>& work : works) {
    bytes_ -= work->batch.arena.size();
    submissions_ -= work->batch.submissions.size();
  }
}

std::optional<Error> Pipe::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace oncelog::ingest
