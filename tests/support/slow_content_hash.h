// SlowContentHash: the canonical content hash again, the simple way: a parser of a few lines, and a
// sorted map for each object. Slow, and with nothing in common with the product's but ContentHasher
// itself (whose values a golden test pins), so that fuzzers can hold the two against each other.
//
//   ContentHash slow = SlowContentHash(key, R"({"topic":"t","event_id":"1",…})");
//
// It takes valid events only: what the decoder has accepted. Threads: a pure function.
#pragma once

#include <string_view>

#include "base/hash.h"
#include "event/identity.h"

namespace oncelog::test {

event::ContentHash SlowContentHash(const HashKey& key, std::string_view event);

}  // namespace oncelog::test
