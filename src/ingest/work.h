// Work: one batch on its way through the engine, and the outcome it comes back with.
//
// Threads: owned by one thread at a time. Ownership: see engine.h.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "event/batch.h"
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
  Outcome outcome;
  CompletionSink* sink = nullptr;
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

}  // namespace oncelog::ingest
