// Auditor: holds what a server gives back against what was sent.
//
//   Auditor auditor(workload, ledger, findings);
//   for (each stored event, in the order in which it was read) auditor.Take(bytes);
//   auditor.Finish();
//   Auditor again(workload, ledger, findings, Auditor::Role::kCompare);   // topic by topic
//   again.BeginTopic(4);
//   for (each event in the list of topic 4) again.Take(bytes);
//   again.EndTopic();
//   again.Finish();
//
// Demands: every answered event once, with the content that was sent; nothing else in the run's
// topics; sequences 1, 2, 3 … in each topic, those that were answered; and an `accepted` for each
// stored event unless an answer was lost. Events of other topics are counted and left alone, except
// in the list of a topic. One that compares demands the same events as were read before, topic by
// topic, and calls `by_topic` whatever differs.
// Threads: one. An event as oncelog gives it back is compared byte for byte; only if its bytes
// differ (another implementation may spell them anew) its values are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/client/json.h"
#include "app/simulate/findings.h"
#include "app/simulate/ledger.h"
#include "app/simulate/workload.h"

namespace oncelog::app::simulate {

class Auditor {
 public:
  enum class Role { kAudit, kCompare };

  Auditor(const Workload& workload, Ledger& ledger, Findings& findings, Role role = Role::kAudit);

  // False: so much is wrong that the list may well have no end.
  bool Take(std::string_view event);
  // What is taken in between is the list of that topic.
  void BeginTopic(uint64_t topic);
  void EndTopic();
  void Finish();

  [[nodiscard]] uint64_t scanned() const { return scanned_; }  // of all topics
  [[nodiscard]] uint64_t stored() const { return stored_; }    // of the run, each once
  [[nodiscard]] const std::vector<uint64_t>& stored_by_topic() const { return by_topic_; }
  // Events of the run that bore no sequence, so that their order is not known.
  [[nodiscard]] uint64_t without_sequence() const { return without_sequence_; }

 private:
  struct Read {
    uint64_t event;
    uint64_t sequence;  // 0: none
  };

  // nullopt unless it is spelled as it was sent.
  std::optional<Read> TakeBytes(std::string_view event);
  void TakeValues(std::string_view event);
  void CheckContent(uint64_t event, const Json& stored);
  void TakeRead(const Read& read);
  void CheckSequence(const Read& read, uint64_t topic);
  void CheckStored(uint64_t event);
  void CheckListed(uint64_t event);
  // Whether it belongs into the list of the topic that is read, if one is.
  bool BelongsHere(std::string_view event);
  void Add(Breach breach, const std::string& text);
  void AddExcess(Breach breach, const std::string& text);

  const Workload& workload_;
  Ledger& ledger_;
  Findings& findings_;
  const Role role_;
  const std::string opening_;  // how the events of the run begin
  std::string expected_;
  std::vector<uint64_t> last_sequences_;
  std::vector<uint64_t> by_topic_;
  uint64_t scanned_ = 0;
  uint64_t stored_ = 0;
  uint64_t without_sequence_ = 0;
  uint64_t excess_ = 0;  // events too many, in this list
  std::optional<uint64_t> topic_;
  std::string topic_opening_;   // how the events of that topic begin
  std::vector<bool> compared_;  // by topic
};

}  // namespace oncelog::app::simulate
