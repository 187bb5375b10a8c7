#include "store/low_priority.h"

#include <sys/resource.h>
#include <unistd.h>

namespace oncelog::store {
namespace {

constexpr int kLowPriority = 10;

}  // namespace

// Best effort: without it background work is only less polite.
void LowerPriority() {
  [[maybe_unused]] const int set =
      setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLowPriority);
}

}  // namespace oncelog::store
