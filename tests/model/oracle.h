// Oracle: what a publisher knows of a store from its answers alone, and the check that what the
// store gives back agrees with it. It stands outside the engine and shares no state with it.
//
//   Oracle oracle;
//   oracle.Sent(batch_number, events);
//   oracle.Answered(batch_number, outcome);          // not called when no answer came
//   std::string wrong = oracle.Check(engine);        // empty: the store keeps its promises
//   oracle.Retains("topic0", 8192);                  // its oldest may go, and nothing else
//
// Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ingest/engine.h"
#include "tests/support/publishing.h"

namespace oncelog::test {

class Oracle {
 public:
  size_t Sent(const std::vector<TestEvent>& events);
  // The topic has that retention_bytes, from before anything of it is sent.
  void Retains(const std::string& topic, uint64_t bytes) { retained_[topic] = bytes; }
  // Yields what is wrong with the answer itself, or empty.
  std::string Answered(size_t batch, const ingest::Outcome& outcome);
  std::string Check(ingest::Engine& engine) const;
  // Only that reading all topics, up and down, gives each event once and in order, or an error.
  std::string CheckOrder(ingest::Engine& engine) const;
  // Only that no more is gone than has to be; at any time.
  std::string CheckRetention(ingest::Engine& engine) const;

  [[nodiscard]] size_t identities() const { return known_.size(); }
  [[nodiscard]] size_t acked() const;

 private:
  using Identity = std::pair<std::string, std::string>;  // topic, event id
  struct Known {
    std::set<int> values_sent;
    std::set<size_t> batches;
    size_t json_bytes = 0;
    uint64_t sequence = 0;  // as an answer named it; 0: no answer yet
    bool accepted = false;  // an answer said accepted
    int accepted_value = 0;
  };
  struct Stored {
    uint64_t sequence;
    std::string json;
  };
  using StoredEvents = std::map<Identity, Stored>;

  std::string ReadBack(ingest::Engine& engine, StoredEvents* stored) const;
  // Whether the topic's oldest event that can be read may be that one.
  [[nodiscard]] bool MayBegin(const std::string& topic, uint64_t sequence) const {
    return sequence == 1 || retained_.contains(topic);
  }
  [[nodiscard]] bool MayBeGone(const std::string& topic, uint64_t sequence,
                               const StoredEvents& stored) const;
  std::string CheckIdentities(const StoredEvents& stored) const;
  std::string CheckBatches(const StoredEvents& stored) const;
  std::string CheckIndex(ingest::Engine& engine, const StoredEvents& stored) const;

  std::map<Identity, Known> known_;
  std::vector<std::vector<TestEvent>> batches_;
  std::set<size_t> answered_;
  std::map<std::string, uint64_t> retained_;
  uint64_t duplicates_answered_ = 0;
};

}  // namespace oncelog::test
