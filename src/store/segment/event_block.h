// EventBlock: some events of a segment, decoded: neighbours in order of (topic, sequence), which
// may belong to many small topics.
//
//   const auto block = EventBlock::Decode(entry, stored, decompressor);
//   for (size_t i = 0; i < (*block)->size(); ++i) Use((*block)->event(i));
//
// Stored: u32 bytes of the packed part; the packed part, a zstd frame; then what zstd cannot
// shrink: for each event 8 + 5 bytes of fingerprint (high, low40) and 6 of content hash, then for
// each event whose JSON had a UUID cut out its 16 bytes. The packed part (integers as in packed.h):
//   varint runs; each: varint topic id minus that of the run before (0 before the first),
//     varint first sequence, varint events
//   u8 the unit of fractions of a second: 0, 3, 6 or 9 zeros are left out of nanoseconds
//   varint sources; each: varint bytes, the bytes
//   six columns of one value an event: received_at, timestamp seconds and fraction of a second in
//     that unit, each as the signed difference to the event before (0 before the first); number of
//     its source; bytes of its JSON; 0, or 1 + where in the JSON a UUID was cut out
//   the JSON of all events, without those UUIDs
// A stub, an event whose payload is gone, is a row with no JSON and an empty source; its timestamp
// repeats the one before and says nothing. Of all others this is all that an event's record in the
// log holds, so the record can be made again bit by bit.
//
// Threads: immutable. Ownership: owns its bytes; views into it live as long.
// Errors: kDamaged if it does not agree with itself or its index entry.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "base/result.h"
#include "base/time.h"
#include "event/identity.h"
#include "store/segment/segment_file.h"
#include "store/segment/zstd_codec.h"

namespace oncelog::store {

inline constexpr size_t kIdentityBytes = 19;  // fingerprint and content hash

struct SegmentEvent {
  TopicId topic;
  Sequence sequence;
  UnixMs received_at;
  Instant timestamp;
  std::string_view source;
  std::string_view json;  // empty: a stub, its payload is gone

  [[nodiscard]] bool is_stub() const { return json.empty(); }
};

class EventBlock {
 public:
  static Result<std::shared_ptr<const EventBlock>> Decode(const BlockEntry& entry,
                                                          std::string_view stored,
                                                          Decompressor& decompressor);

  [[nodiscard]] size_t size() const { return events_.size(); }
  [[nodiscard]] SegmentEvent event(size_t number) const {
    const Event& e = events_[number];
    const Source& source = sources_[e.source];
    return {{e.topic},
            {e.sequence},
            {e.received_at},
            {e.seconds, e.nanos},
            std::string_view(raw_).substr(source.at, source.bytes),
            std::string_view(uuids_ ? text_ : raw_).substr(e.json_at, e.json_bytes)};
  }
  [[nodiscard]] event::IndexEntry identity(size_t number) const;
  [[nodiscard]] size_t memory_bytes() const;

 private:
  class Parser;
  struct Event {
    int64_t received_at, seconds;
    uint64_t sequence;
    uint32_t nanos, topic, source, json_at, json_bytes, cut;
  };
  struct Source {
    uint32_t at, bytes;
  };

  std::string raw_;   // the packed part, decompressed
  std::string text_;  // the JSON with its UUIDs again, if there are any
  bool uuids_ = false;
  std::string identities_;
  std::vector<Event> events_;
  std::vector<Source> sources_;
};

}  // namespace oncelog::store
