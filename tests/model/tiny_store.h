// A tiny store for the tests of faults and of damage: tables, log files and frames so small that a
// few dozen batches go through everything the engine does (several log files, flushes, merges,
// sealing), and batches with duplicates and conflicts, settings, erasing and cuts from a seed.
//
//   TinyWorkload work(seed);
//   std::string wrong = work.Publish(engine, &status);   // one batch; told to work.oracle()
//   wrong = work.oracle().Check(engine);
//
// Threads: one. A copy of a workload goes on as the original would have: it knows what was sent.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "ingest/engine.h"
#include "tests/model/oracle.h"

namespace oncelog::test {

// The clock moves by a millisecond a call, for all engines together.
ingest::EngineOptions TinyOptions();
ingest::EngineOptions TinySealingOptions();  // the same, and it seals

class TinyWorkload {
 public:
  // `extra_bytes`: what each ninth event is larger than it would be.
  explicit TinyWorkload(uint64_t seed, size_t extra_bytes = 0)
      : random_(seed), extra_bytes_(extra_bytes) {}

  // See Oracle; the engine is the caller's to tell.
  void Retains(const std::string& topic, uint64_t bytes) { oracle_.Retains(topic, bytes); }

  // Publishes one batch and waits for its outcome. Yields what is wrong with it, or empty.
  std::string Publish(ingest::Engine& engine, Status* outcome);
  // The same with whatever stands for an engine: it yields the outcome of a batch.
  using Apply = std::function<ingest::Outcome(event::Batch batch)>;
  std::string PublishBy(const Apply& apply, const HashKey& key, Status* outcome);
  // Sets a topic's settings, erases an event or cuts a topic, unless what is needed for it cannot
  // be read (then the outcome is ok). It is told to work.oracle().
  void Change(ingest::Engine& engine, Status* outcome);
  // The first event that was sent, again: the log goes on, the store stays as it is.
  std::string PublishKnown(ingest::Engine& engine);
  // All that was ever sent, again: nothing that was answered before may be accepted now. Outcomes
  // other than verdicts are added to `refused`.
  std::string PublishAllAgain(ingest::Engine& engine, std::vector<Error>* refused);

  [[nodiscard]] const Oracle& oracle() const { return oracle_; }
  [[nodiscard]] uint64_t changes() const { return changes_; }  // that were asked for

 private:
  std::string Send(const Apply& apply, const HashKey& key, const std::vector<TestEvent>& events,
                   Status* outcome);

  void Ask(ingest::Engine& engine, ingest::Change change, Status* outcome);
  void Set(ingest::Engine& engine, Status* outcome);
  void Erase(ingest::Engine& engine, Status* outcome);
  void Cut(ingest::Engine& engine, Status* outcome);

  std::mt19937_64 random_;
  size_t extra_bytes_;
  Oracle oracle_;
  uint64_t changes_ = 0;
  std::string first_topic_;      // the store's first, or empty while that is not known
  std::vector<TestEvent> sent_;  // each identity once, as it was sent first
};

// Until `condition` holds, for a minute at most; false if it did not come true.
bool Becomes(const std::function<bool()>& condition);

}  // namespace oncelog::test
