#include "ingest/plan.h"

#include <algorithm>
#include <bit>

namespace oncelog::ingest {

void PlanGroup::Clear() {
  ids.clear();
  contents.clear();
  slots.clear();
  found.clear();
  verdicts.clear();
  heads.clear();
}

void PlanGroup::ShrinkTo(size_t submissions) {
  ids.resize(submissions);
  contents.resize(submissions);
  found.resize(submissions);
}

void Planner::Plan(PlanGroup* group) {
  table_.assign(std::bit_ceil(group->size() * 2 + 1), 0);
  group->verdicts.resize(group->size());
  for (uint32_t i = 0; i < group->size(); ++i) {
    EventVerdict& verdict = group->verdicts[i];
    event::ContentHash original;
    if (group->found[i].sequence().value != 0) {
      verdict.sequence = group->found[i].sequence();
      original = group->found[i].content();
    } else if (const uint32_t first = FirstWith(*group, i); first != i) {
      verdict.sequence = group->verdicts[first].sequence;
      original = group->contents[first];
    } else {
      Sequence& head = group->heads[group->slots[i]];
      verdict = {Verdict::kAccepted, {++head.value}};
      continue;
    }
    verdict.verdict = original == group->contents[i] ? Verdict::kDuplicate : Verdict::kConflict;
  }
}

void Planner::CallAllNew(PlanGroup* group) {
  group->verdicts.clear();
  for (const uint32_t slot : group->slots) {
    group->verdicts.push_back({Verdict::kAccepted, {++group->heads[slot].value}});
  }
}

uint32_t Planner::FirstWith(const PlanGroup& group, uint32_t number) {
  const size_t mask = table_.size() - 1;
  const event::Fingerprint& id = group.ids[number];
  // Fingerprints are keyed hashes already: any of their bits will do.
  size_t at = id.high & mask;
  while (table_[at] != 0) {
    const uint32_t other = table_[at] - 1;
    if (group.ids[other] == id) return other;
    at = (at + 1) & mask;
  }
  table_[at] = number + 1;
  return number;
}

}  // namespace oncelog::ingest
