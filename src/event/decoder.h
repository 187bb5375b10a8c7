// Decoder: from the body of a publish request to a Batch.
//
//   Decoder decoder(key);                       // one per I/O thread; keeps its buffers
//   Result<Batch> batch = decoder.Decode(body, BodyFormat::kJson);
//
// JSON: one event, an array of events, or {"events":[…]} (an object with an `events` member and
// without `topic` and `event_id`). NDJSON: one event a line; empty lines are skipped. A UTF-8 byte
// order mark in front of either is skipped too.
//
// An event that breaks a rule is listed in Batch::invalid, with a stable reason, and
// does not keep the others from being decoded; that goes for invalid UTF-8 and impossible numbers
// inside one event too. Content is hashed in a canonical form while the document is walked: members
// combine independently of order, strings are unescaped, numbers are equal when equal as 64-bit
// integers or the same double.
//
// Errors: kInvalid: not JSON at all, wrong shape, or no events (code string in front of the
// message's first colon: "malformed_json: …", "empty_batch: …", "not_an_event: …");
// kTooLarge: more than kBatchEventsMax events ("too_many_events: …") or kBodyBytesMax bytes
// ("body_too_large: …"). kBusy: no memory for it now ("busy: …"). Places are bytes of the body.
// Threads: one at a time. Ownership: the body stays the caller's; the decoder may change bytes in
// it and its capacity (simdjson wants padding behind it).
#pragma once

#include <memory>
#include <string>

#include "base/hash.h"
#include "base/result.h"
#include "event/batch.h"

namespace oncelog::event {

enum class BodyFormat { kJson, kNdjson };

class Decoder {
 public:
  explicit Decoder(const HashKey& key);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  Result<Batch> Decode(std::string& body, BodyFormat format);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oncelog::event
