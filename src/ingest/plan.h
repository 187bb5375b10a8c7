// Plan: the verdicts of a group of submissions. A pure function: what it decides depends only on
// what it is given, so the same log gives the same verdicts.
//
//   PlanGroup group;                          // filled from batches, in order of arrival
//   index.Find(group.ids, group.found);       // what is known already
//   planner.Plan(&group);                     // group.verdicts; group.heads moved on
//
// The first of several with the same identity in a group wins; the others are measured against it.
// Threads: one planner per thread (it keeps a scratch table). Units: submissions.
#pragma once

#include <cstdint>
#include <vector>

#include "base/numbers.h"
#include "event/identity.h"
#include "ingest/verdict.h"

namespace oncelog::ingest {

struct PlanGroup {
  // One of each per submission.
  std::vector<event::Fingerprint> ids;
  std::vector<event::ContentHash> contents;
  std::vector<uint32_t> slots;           // which of `heads` is its topic's
  std::vector<event::IndexEntry> found;  // sequence 0: not stored yet
  std::vector<EventVerdict> verdicts;    // out

  std::vector<Sequence> heads;  // last sequence of each topic in the group; moved on by the plan

  void Clear();
  // Before slots are known: only the first so many submissions stay.
  void ShrinkTo(size_t submissions);
  [[nodiscard]] size_t size() const { return ids.size(); }
};

class Planner {
 public:
  void Plan(PlanGroup* group);
  // The benchmark's limit: every submission is called new, whatever it is.
  static void CallAllNew(PlanGroup* group);

 private:
  // The submission in the group that was accepted with that identity, or adds `number` as it.
  uint32_t FirstWith(const PlanGroup& group, uint32_t number);

  std::vector<uint32_t> table_;  // submission number + 1; 0 is empty; a power of two of them
};

}  // namespace oncelog::ingest
