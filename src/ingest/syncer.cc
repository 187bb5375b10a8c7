#include "ingest/syncer.h"

#include <chrono>
#include <utility>

namespace oncelog::ingest {
namespace {

constexpr std::chrono::milliseconds kCheckPlaceEvery{100};

}  // namespace

void Syncer::Run() {
  while (std::unique_ptr<Commit> commit = pipe_.Take()) MakeDurable(std::move(commit));
}

void Syncer::MakeDurable(std::unique_ptr<Commit> commit) {
  const auto start = std::chrono::steady_clock::now();
  if (Status s = partition_.Write(commit->place, commit->frame); !s.ok()) {
    Latch(s.error().Annotate("writing the log failed"), std::move(commit));
    return;
  }
  if (Status s = CheckPlace(start); !s.ok()) {
    Latch(s.error(), std::move(commit));
    return;
  }
  const auto synced_in = std::chrono::steady_clock::now() - start;
  latencies_.Add(synced_in);
  syncs_.Add(synced_in);
  ++frames_;
  bytes_ += commit->frame.bytes().size();
  partition_.Publish(commit->frame, commit->place, commit->freeze);

  std::vector<std::unique_ptr<Work>> works = std::move(commit->works);
  const auto durable_at = std::chrono::steady_clock::now();
  for (const std::unique_ptr<Work>& work : works) commits_.Add(durable_at - work->queued_at);
  pipe_.Done(std::move(commit));  // first: the next frame need not wait for the answers
  pipe_.Release(works);
  Settle(std::move(works));
}

// A few system calls: little beside a sync, but not for nothing. After a silence the first frame is
// always checked before it is answered.
Status Syncer::CheckPlace(std::chrono::steady_clock::time_point now) {
  if (now < check_place_at_) return OkStatus();
  check_place_at_ = now + kCheckPlaceEvery;
  return lock_.InPlace();
}

void Syncer::Latch(const Error& cause, std::unique_ptr<Commit> commit) {
  const Error error(Code::kReadOnly,
                    cause.message() + "; the store takes no more events until it is restarted");
  alarm_(error.message());
  pipe_.Fail(error);
  pipe_.Release(commit->works);
  SettleWith(std::move(commit->works), error);
}

}  // namespace oncelog::ingest
