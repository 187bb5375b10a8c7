// TimeWindow: which times a reader wants, so that whole blocks without such events are passed over
// unread. It only ever passes over what surely does not match; events themselves are the reader's
// to compare.
//
//   TimeWindow window{.received_from = yesterday};
//   if (!window.MayHold(entry)) ...
//
// Threads: a value. Units: as in the index entry; all bounds are half-open.
#pragma once

#include <optional>

#include "base/time.h"
#include "store/segment/segment_file.h"

namespace oncelog::store {

struct TimeWindow {
  std::optional<Instant> from, to;                   // timestamp
  std::optional<UnixMs> received_from, received_to;  // received_at

  [[nodiscard]] bool MayHold(const BlockEntry& entry) const {
    return (!from || entry.timestamp_max >= from->seconds) &&
           (!to || entry.timestamp_min <= to->seconds) &&
           (!received_from || entry.received_max >= *received_from) &&
           (!received_to || entry.received_min < *received_to);
  }
};

}  // namespace oncelog::store
