// A Batch: one request's submissions, decoded, validated and hashed, ready to be committed.
//
// All bytes lie in one arena that the batch owns: the encoded event records, one after the other
// (event/record.h), and unescaped strings where the request had them escaped. Places in it are
// offsets, so that a batch can be moved. The request's body is no longer needed.
//
// Threads: made by one thread (Decoder), then handed over whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/identity.h"

namespace oncelog::event {

struct Slice {
  uint32_t at = 0;
  uint32_t bytes = 0;
};

// One valid submission.
struct Submission {
  Fingerprint id;
  ContentHash content;
  uint64_t topic_hash = 0;  // keyed; equal topics have equal hashes
  Slice topic;              // unescaped
  Slice event_id;           // the JSON token as sent, quotes included, to be echoed in answers
  Slice source;             // unescaped
  Slice record;             // the encoded event record, not yet sealed
  uint32_t index = 0;       // its place in the request, from 0
};

// One submission that broke a rule.
struct InvalidSubmission {
  uint32_t index = 0;
  std::string event_id;  // the JSON token as sent with its quotes if it was a string, else empty
  std::string field;     // "topic", "payload.a.b", "" for the event as a whole
  std::string reason;    // a stable code: "missing", "too_long", "duplicate_member", …
  std::string detail;    // for people: what was found and what is wanted
};

struct Batch {
  std::string arena;
  std::vector<Submission> submissions;     // in the order of the request
  std::vector<InvalidSubmission> invalid;  // in the order of the request
  bool bare_object = false;                // the body was one JSON object that is an event

  [[nodiscard]] std::string_view View(Slice slice) const {
    return std::string_view(arena).substr(slice.at, slice.bytes);
  }
  [[nodiscard]] size_t received() const { return submissions.size() + invalid.size(); }
};

}  // namespace oncelog::event
