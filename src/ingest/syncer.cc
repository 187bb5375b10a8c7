#include "ingest/syncer.h"

#include <chrono>
#include <utility>

namespace oncelog::ingest {

void Syncer::Run() {
  while (std::unique_ptr<Commit> commit = pipe_.Take()) MakeDurable(std::move(commit));
}

void Syncer::MakeDurable(std::unique_ptr<Commit> commit) {
  const auto start = std::chrono::steady_clock::now();
  const Status s = partition_.Write(commit->place, commit->frame);
  if (!s.ok()) {
    Latch(s.error(), std::move(commit));
    return;
  }
  latencies_.Add(std::chrono::steady_clock::now() - start);
  ++frames_;
  bytes_ += commit->frame.bytes().size();
  partition_.Publish(commit->frame, commit->place, commit->freeze);

  std::vector<std::unique_ptr<Work>> works = std::move(commit->works);
  pipe_.Done(std::move(commit));  // first: the next frame need not wait for the answers
  pipe_.Release(works);
  Settle(std::move(works));
}

void Syncer::Latch(const Error& cause, std::unique_ptr<Commit> commit) {
  const Error error(Code::kReadOnly, "writing the log failed (" + cause.message() +
                                         "); the store takes no more events until it is restarted");
  alarm_(error.message());
  pipe_.Fail(error);
  pipe_.Release(commit->works);
  SettleWith(std::move(commit->works), error);
}

}  // namespace oncelog::ingest
