// The limits of an event and of a request's batch, as spec.md gives them.
// Units: bytes of UTF-8 unless the name says otherwise.
#pragma once

#include <cstddef>

namespace oncelog::event {

inline constexpr size_t kTopicBytesMax = 255;
inline constexpr size_t kEventIdBytesMax = 255;
inline constexpr size_t kSourceBytesMax = 255;
inline constexpr size_t kEventBytesMax = size_t{2} << 20;
inline constexpr size_t kBodyBytesMax = size_t{32} << 20;
inline constexpr size_t kBatchEventsMax = 10'000;
inline constexpr size_t kDepthMax = 64;  // of a payload; the payload object itself is depth 1

}  // namespace oncelog::event
