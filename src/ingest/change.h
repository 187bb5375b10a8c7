// Change: what a Work may ask for besides a batch of events: a topic's settings, or that payloads
// go. It is decided by the committer in order with the batches, becomes one record of a frame, and
// is answered when that is durable. One that changes nothing is answered as late as what it
// repeats is durable.
//
//   Change change{EraseEvent{"sensor.temp", "evt_001", json_bytes}, {}};
//   Status s = engine.ApplyChange(&change);       // change.outcome.sequence
//
// Threads: values. Errors: kNotFound (no such event), kTooManyTopics, kTooManyErased, kBusy (a cut
// that was measured against an older state: measure again), and those of any Work.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/numbers.h"
#include "base/time.h"
#include "event/record.h"

namespace oncelog::ingest {

// All settings of a topic; the topic is made if there is none.
struct SetSettings {
  std::string topic;
  event::TopicSettings settings;
};

struct EraseEvent {
  std::string topic;
  std::string event_id;
  uint64_t json_bytes = 0;  // of the event, as a reader found it
};

// Everything of a topic before `first_kept` goes.
struct RetainFrom {
  TopicId topic;
  Sequence first_kept;
  uint64_t json_bytes = 0;   // that go with it
  uint64_t gone_before = 0;  // of the topic, when the bytes were counted
};

// The log goes on in another file, if that one is written to, and the cover moves past it, so that
// it can be sealed. Writes a note, which says nothing.
struct LeaveLog {
  uint64_t log_id = 0;
};

struct ChangeOutcome {
  bool changed = false;  // false: it was so already
  bool new_topic = false;
  Sequence sequence;                    // of an erased event
  std::optional<UnixMs> bytes_gone_by;  // when its bytes are off the disk, at the latest; else it
                                        // is known that they will not be
};

struct Change {
  std::variant<SetSettings, EraseEvent, RetainFrom, LeaveLog> what;
  ChangeOutcome outcome;
};

}  // namespace oncelog::ingest
