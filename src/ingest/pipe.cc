#include "ingest/pipe.h"

#include <utility>

#include "base/check.h"

namespace oncelog::ingest {
namespace {

constexpr std::chrono::milliseconds kFlushMoment{100};

}  // namespace

void Pipe::Push(std::span<std::unique_ptr<Work>> works) {
  const auto now = std::chrono::steady_clock::now();
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    for (std::unique_ptr<Work>& work : works) {
      const size_t bytes = work->batch.arena.size();
      if (const std::optional<Error> refusal = Refusal(bytes)) {
        work->outcome.status = *refusal;
        continue;
      }
      bytes_ += bytes;
      queued_bytes_ += bytes;
      submissions_ += work->batch.submissions.size();
      work->queued_at = now;
      queue_.push_back(std::move(work));
    }
    wake = WorthWaking();
  }
  if (wake) committer_.notify_one();
}

std::optional<Error> Pipe::Refusal(size_t bytes) const {
  if (failure_) return failure_;
  if (stopping_) return Error(Code::kBusy, "the server is stopping");
  // One batch of any size is taken by an empty pipe, so that none is refused for ever.
  if (bytes_.load() == 0 || bytes_.load() + bytes <= bytes_max_) return std::nullopt;
  return Error(Code::kBusy, "too many submissions are waiting to become durable");
}

bool Pipe::WorthWaking() const {
  return !queue_.empty() && (syncer_free() || queued_bytes_ >= overlap_bytes_min_);
}

Pipe::Turn Pipe::Next(size_t room_bytes, bool frame_open, const Deadline& wake_at) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] {
    return failure_ || (room_bytes > 0 && WorthWaking()) || (frame_open && syncer_free()) ||
           (stopping_ && !frame_open);
  };
  committer_wants_syncer_ = frame_open;
  if (wake_at) {
    committer_.wait_until(lock, *wake_at, ready);
  } else {
    committer_.wait(lock, ready);
  }
  committer_wants_syncer_ = false;
  Turn turn;
  turn.syncer_free = syncer_free();
  turn.failed = failure_.has_value();
  for (size_t taken = 0; !queue_.empty() && taken < room_bytes;) {
    const size_t bytes = queue_.front()->batch.arena.size();
    taken += bytes;
    queued_bytes_ -= bytes;
    turn.works.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  turn.stopping = stopping_ && queue_.empty();
  return turn;
}

void Pipe::Hand(std::unique_ptr<Commit> commit) {
  {
    const std::lock_guard lock(mutex_);
    Check(syncer_free(), "a commit is handed over only to a free syncer");
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

void Pipe::ActAsSyncer() {
  const std::lock_guard lock(mutex_);
  Check(syncer_free(), "the committer commits only when no commit is under way");
  syncing_ = true;
}

void Pipe::Finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  syncer_.notify_one();
}

void Pipe::PauseCommits(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  committer_.wait_until(lock, until, [this] { return stopping_ || failure_; });
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
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    used_ = std::move(used);
    syncing_ = false;
    wake = committer_wants_syncer_ || !queue_.empty();
  }
  if (wake) committer_.notify_one();
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
