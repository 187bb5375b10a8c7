// LowPriority: lets commits have the processor first where both want it.
//
//   LowerPriority();     // first thing in a background thread
//
// Threads: of the calling thread only.
#pragma once

namespace oncelog::store {

void LowerPriority();

}  // namespace oncelog::store
