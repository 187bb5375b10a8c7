// What is left out of segments: payloads that are gone (docs/adr/0003-retention-and-erasing.md).
//
//   const GonePredicate gone = [&](TopicId topic, Sequence sequence) { … };
//   records.Add(position, received_at, WithoutGone(record, gone, store_seed, &buffer));
//
// An event that is gone is stored as a stub (event_block_builder.h). A conflict record holds the
// JSON of a newcomer with the identity of such an event: that goes with it. It is overwritten with
// spaces, so that all that is counted of the record stays the same.
//
// Threads: pure functions. Ownership: a view into `buffer` is valid until that is used again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/numbers.h"
#include "event/record.h"

namespace oncelog::store {

// Once true it stays so. Null: nothing is gone.
using GonePredicate = std::function<bool(TopicId topic, Sequence sequence)>;

// Whether it is a conflict record that still holds the JSON of its newcomer.
bool HoldsConflict(const event::RecordView& record);

// The bytes of a record that is no event, as they are to be stored.
std::string_view WithoutGone(const event::RecordView& record, const GonePredicate& gone,
                             uint64_t store_seed, std::string* buffer);

}  // namespace oncelog::store
