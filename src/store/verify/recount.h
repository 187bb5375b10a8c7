// Recount: topics and their counters, counted again from the records of the log. But for
// what is gone (RetentionState) it shares no code with what a running store counts by, and it goes
// on where records are missing.
//
//   Recount recount;
//   Result<SequenceRange> missing = recount.Take(record, frame.received_at);
//   Encode(recount.states());
//
// Records may come in any order that keeps each topic's own (segments give them by topic), and what
// says that events are gone may come later than in the log, as segments give it. An event without
// JSON is a stub: what its topic holds in bytes is short of it until AddBytes.
// Threads: one. Memory: about 120 bytes a topic and its name.
// Errors: kDamaged for what no log of ours says.
#pragma once

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "base/result.h"
#include "base/time.h"
#include "event/record.h"
#include "store/state/durable_state.h"
#include "store/verify/stubs.h"

namespace oncelog::store {

// Sequences first … last; empty if first is 0.
struct SequenceRange {
  uint64_t first = 0;
  uint64_t last = 0;
  [[nodiscard]] bool empty() const { return first == 0; }
};

struct RecountTotals {
  uint64_t events = 0;
  uint64_t duplicates = 0;  // conflicts included
  uint64_t conflicts = 0;
  uint64_t json_bytes = 0;
};

class Recount {
 public:
  // Counts a record. Of an event: yields which sequences are missing before it; kDamaged if its own
  // was there before. Records of later versions that may be skipped count nothing.
  Result<SequenceRange> Take(const event::RecordView& record, UnixMs received_at);

  // For people: the name, or the number if the record that names it is missing.
  [[nodiscard]] std::string NameOf(TopicId topic) const;
  // Names known from elsewhere, for topics whose record is missing; a record overrules them.
  void Hint(TopicId topic, std::string_view name);
  // The same for events: which of the sequences up to `head` were not counted at the end; after
  // that they are not missed again.
  SequenceRange MissingUpTo(TopicId topic, uint64_t head);
  // What its stubs had (stubs.h).
  void AddBytes(TopicId topic, uint64_t bytes);

  // That were named by a record.
  [[nodiscard]] size_t topics() const { return named_count_; }
  // As a checkpoint holds them; `events` counts what was there. Valid until the next call.
  [[nodiscard]] const std::vector<TopicState>& states() const { return topics_; }
  [[nodiscard]] const RetentionState& retention() const { return gone_.retention; }
  [[nodiscard]] const GoneSoFar& gone() const { return gone_; }
  [[nodiscard]] uint64_t conflict_bytes_kept() const { return conflict_bytes_kept_; }
  [[nodiscard]] const RecountTotals& totals() const { return totals_; }

 private:
  Result<TopicState*> Of(TopicId topic);
  Status Name(const event::RecordView& record);
  Result<SequenceRange> Event(TopicState* state, const event::RecordView& record,
                              UnixMs received_at);
  Status Retention(TopicState* state, const event::RecordView& record);

  std::vector<TopicState> topics_;  // by id
  std::vector<uint64_t> heads_;     // the last sequence of each
  std::vector<bool> named_;         // whether its record was there
  std::deque<std::string> names_;   // of each; empty: not known. States point at them
  size_t named_count_ = 0;
  uint64_t conflict_bytes_kept_ = 0;
  GoneSoFar gone_;
  std::set<TopicId> with_stubs_;
  RecountTotals totals_;
};

}  // namespace oncelog::store
