// Counters: whether a server's own figures (GET /stats) go with what was sent and read.
//
//   CheckCounters({.before = before, .at_end = at_end, .after = after, …}, findings);
//
// Threads: pure. Figures that a server does not have are not checked.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "app/client/json.h"
#include "app/simulate/findings.h"
#include "app/simulate/workload.h"

namespace oncelog::app::simulate {

struct CounterEvidence {
  // /stats: before the first event was sent, when all were answered, and after all were read.
  const Json& before;
  const Json& at_end;
  const Json& after;
  std::optional<uint64_t> scanned;  // events that were read, of all topics
  uint64_t stored = 0;              // those of the run
  const std::vector<uint64_t>& stored_by_topic;
  uint64_t dropped = 0;  // answers that said duplicate or conflict
  uint64_t unknown = 0;  // submissions whose answers were lost: counted or not
  bool alone = false;    // nobody else publishes to that server
};

void CheckCounters(const CounterEvidence& evidence, const Workload& workload, Findings& findings);

}  // namespace oncelog::app::simulate
