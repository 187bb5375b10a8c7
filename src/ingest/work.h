// Work: one batch, or one change, on its way through the engine, with the outcome it comes back
// with.
//
// Threads: owned by one thread at a time. Ownership: see engine.h.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "base/result.h"
#include "event/batch.h"
#include "ingest/change.h"
#include "ingest/verdict.h"

namespace oncelog::ingest {

struct Outcome {
  Status status;
  std::vector<EventVerdict> verdicts;  // one per batch.submissions, if status is ok
};

class CompletionSink;

struct Work {
  virtual ~Work() = default;
  event::Batch batch;
  Change* change = nullptr;  // instead of a batch; the submitter's
  Outcome outcome;
  CompletionSink* sink = nullptr;
  std::chrono::steady_clock::time_point queued_at;  // set by the engine
};

class CompletionSink {
 public:
  virtual ~CompletionSink() = default;
  virtual void Settled(std::vector<std::unique_ptr<Work>> works) = 0;
};

// Gives each sink its works, all at once.
void Settle(std::vector<std::unique_ptr<Work>> works);
// The same, with one error for all.
void SettleWith(std::vector<std::unique_ptr<Work>> works, const Error& error);

Error TooManyTopics(uint32_t topics_max);

}  // namespace oncelog::ingest
