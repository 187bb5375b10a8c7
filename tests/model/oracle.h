// Oracle: what a publisher knows of a store from its answers alone, and the check that what the
// store gives back agrees with it. It stands outside the engine and shares no state with it.
//
//   Oracle oracle;
//   oracle.Sent(batch_number, events);
//   oracle.Answered(batch_number, outcome);          // not called when no answer came
//   oracle.Erased("topic", sequence, answer);        // and what else a change may ask for
//   std::string wrong = oracle.Check(engine);        // empty: the store keeps its promises
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
  // The topic is to have that retention_bytes, asked for before anything of it is sent: its oldest
  // may go, and nothing else.
  void Retains(const std::string& topic, uint64_t bytes);
  // Yields what is wrong with the answer itself, or empty.
  std::string Answered(size_t batch, const ingest::Outcome& outcome);
  // A reader was given that event: it is durable, then. Yields what is wrong with it, or empty.
  std::string Seen(const std::string& topic, const std::string& json, uint64_t sequence);
  // Changes with their answers: kReadOnly leaves open whether it was done; any other error says
  // that it was not.
  void Erased(const std::string& topic, uint64_t sequence, const Status& answer);
  void Cut(const std::string& topic, uint64_t first_kept, const Status& answer);
  void Set(const std::string& topic, const event::TopicSettings& settings, const Status& answer);

  std::string Check(ingest::Engine& engine) const;
  // Only that reading all topics, up and down, gives each event once and in order, or an error.
  std::string CheckOrder(ingest::Engine& engine) const;
  // Only that no more is gone than has to be; at any time.
  std::string CheckRetention(ingest::Engine& engine) const;

  [[nodiscard]] size_t identities() const { return known_.size(); }
  [[nodiscard]] size_t batches() const { return batches_.size(); }
  [[nodiscard]] size_t acked() const;

 private:
  using Identity = std::pair<std::string, std::string>;  // topic, event id
  struct Known {
    std::set<int> values_sent;
    std::set<size_t> batches;
    size_t json_bytes = 0;
    uint64_t sequence = 0;                               // as an answer named it; 0: no answer yet
    std::vector<std::pair<int, ingest::Verdict>> heard;  // before it was heard what was accepted
    size_t told_at = 0;     // how many batches were sent before the first answer
    uint64_t seen = 0;      // the sequence under which it was read; 0: it was not
    bool accepted = false;  // an answer said accepted
    int accepted_value = 0;
  };
  struct Stored {
    uint64_t sequence = 0;
    std::string json;
    bool gone = false;  // its payload; then the two above are not known
  };
  struct Changes {                    // of a topic
    std::map<uint64_t, bool> erased;  // by sequence: whether an answer said so
    uint64_t first_kept = 1, first_kept_perhaps = 1;
    event::TopicSettings settings;
    std::vector<event::TopicSettings> perhaps;  // asked for since, and perhaps in force
  };
  using StoredEvents = std::map<Identity, Stored>;

  static bool WasSent(const Known& known, const std::string& json);
  std::string ReadBack(ingest::Engine& engine, StoredEvents* stored) const;
  std::string ReadTopic(ingest::Engine& engine, const store::TopicInfo& topic,
                        StoredEvents* stored) const;
  // Looks each identity up; those that are gone are added.
  std::string LookUp(ingest::Engine& engine, StoredEvents* stored) const;
  [[nodiscard]] const Changes& ChangesOf(const std::string& topic) const;
  [[nodiscard]] bool MayBeGone(const std::string& topic, uint64_t sequence) const;
  [[nodiscard]] bool IsGone(const std::string& topic, uint64_t sequence) const;
  // Whether a reader that has seen `last` and now sees `sequence` has passed over what is there.
  [[nodiscard]] std::string Passed(const std::string& topic, uint64_t last,
                                   uint64_t sequence) const;
  std::string CheckSettings(const store::TopicInfo& topic) const;
  std::string CheckIdentities(const StoredEvents& stored) const;
  std::string CheckBatches(const StoredEvents& stored) const;

  std::map<Identity, Known> known_;
  std::map<std::string, Changes> changes_;    // by topic
  std::map<std::string, uint64_t> retained_;  // by topic: bytes
  std::vector<std::vector<TestEvent>> batches_;
  std::set<size_t> answered_;
  uint64_t duplicates_answered_ = 0;
};

}  // namespace oncelog::test
