// The limits of an event and of a request's batch (docs/publishing.md).
// Units: bytes of UTF-8 unless the name says otherwise.
#pragma once

#include <cstddef>

namespace oncelog::event {

inline constexpr size_t kTopicBytesMax = 255;
inline constexpr size_t kEventIdBytesMax = 255;
inline constexpr size_t kSourceBytesMax = 255;
inline constexpr size_t kEventBytesMax = size_t{2}
                                         << 20;  // as kept: without `sequence`, `received_at`
// So much those two may add to an event as it arrives, so that what one oncelog gave out, which is
// about 70 bytes longer than what it took, can be published to another.
inline constexpr size_t kDroppedBytesMax = 256;
inline constexpr size_t kBodyBytesMax = size_t{32} << 20;
inline constexpr size_t kBatchEventsMax = 10'000;
inline constexpr size_t kDepthMax = 64;  // of a payload; the payload object itself is depth 1

}  // namespace oncelog::event
