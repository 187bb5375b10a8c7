// A verdict: what became of one submission.
// Threads: values.
#pragma once

#include <cstdint>

#include "base/numbers.h"

namespace oncelog::ingest {

enum class Verdict : uint8_t { kAccepted, kDuplicate, kConflict };

struct EventVerdict {
  Verdict verdict = Verdict::kAccepted;
  Sequence sequence;  // of the event itself, or of the original
};

}  // namespace oncelog::ingest
