#include "app/simulate/counters.h"

#include <algorithm>
#include <string>

#include "app/output/numbers.h"

namespace oncelog::app::simulate {
namespace {

bool Has(const Json& stats, const char* name) { return !stats[name].is_null(); }

void CheckSum(const Json& stats, Findings& findings) {
  if (!Has(stats, "received") || !Has(stats, "unique_processed") ||
      !Has(stats, "duplicate_dropped")) {
    return;
  }
  const uint64_t received = stats.Count("received");
  const uint64_t unique = stats.Count("unique_processed");
  const uint64_t dropped = stats.Count("duplicate_dropped");
  if (received != unique + dropped) {
    findings.Add(Breach::kCounts, "/stats: received " + Grouped(received) +
                                      " is not unique_processed " + Grouped(unique) +
                                      " + duplicate_dropped " + Grouped(dropped));
  }
}

// How much a counter has grown is to be between least and most.
void CheckGrowth(const CounterEvidence& evidence, const char* name, uint64_t least, uint64_t most,
                 Findings& findings) {
  if (!Has(evidence.before, name) || !Has(evidence.at_end, name)) return;
  const uint64_t before = evidence.before.Count(name);
  const uint64_t at_end = evidence.at_end.Count(name);
  if (at_end >= before + least && at_end - before <= most) return;
  const std::string wanted = least == most    ? "by " + Grouped(least)
                             : evidence.alone ? "by " + Grouped(least) + " to " + Grouped(most)
                                              : "by at least " + Grouped(least);
  findings.Add(Breach::kCounts, "/stats: " + std::string(name) + " went from " + Grouped(before) +
                                    " to " + Grouped(at_end) + ", and should have grown " + wanted);
}

void CheckTopics(const CounterEvidence& evidence, const Workload& workload, Findings& findings) {
  for (const auto& [name, count] : evidence.at_end["events_per_topic"].members()) {
    const std::optional<uint64_t> topic = workload.FindTopic(name);
    if (!topic || count.count() == evidence.stored_by_topic[*topic]) continue;
    findings.Add(Breach::kCounts, "/stats: " + name + " has " + Grouped(count.count()) +
                                      " events, and " + Grouped(evidence.stored_by_topic[*topic]) +
                                      " were read");
  }
}

}  // namespace

void CheckCounters(const CounterEvidence& evidence, const Workload& workload, Findings& findings) {
  CheckSum(evidence.at_end, findings);
  constexpr uint64_t kAny = UINT64_MAX;
  CheckGrowth(evidence, "unique_processed", evidence.stored,
              evidence.alone ? evidence.stored : kAny, findings);
  CheckGrowth(evidence, "duplicate_dropped", evidence.dropped,
              evidence.alone ? evidence.dropped + evidence.unknown : kAny, findings);
  if (evidence.scanned && Has(evidence.at_end, "total_events") &&
      Has(evidence.after, "total_events")) {
    const uint64_t least = evidence.at_end.Count("total_events");
    const uint64_t most = std::max(least, evidence.after.Count("total_events"));
    if (*evidence.scanned < least || *evidence.scanned > most) {
      findings.Add(Breach::kCounts, "/stats: total_events is " + Grouped(least) + ", and " +
                                        Grouped(*evidence.scanned) + " were read");
    }
  }
  CheckTopics(evidence, workload, findings);
}

}  // namespace oncelog::app::simulate
