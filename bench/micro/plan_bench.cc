// plan: the verdicts of a group of submissions, whose lookups are done. items_per_second are
// submissions.

#include <benchmark/benchmark.h>

#include "ingest/plan.h"

namespace oncelog::ingest {
namespace {

// `share`: of a hundred submissions, so many are known already.
void Plan(benchmark::State& state) {
  const auto size = static_cast<uint64_t>(state.range(0));
  const auto share = static_cast<uint64_t>(state.range(1));
  PlanGroup group;
  for (uint64_t i = 0; i < size; ++i) {
    const event::Fingerprint id{i * 0x9e3779b97f4a7c15U, i};
    const bool known = i * 37 % 100 < share;
    group.ids.push_back(id);
    group.contents.push_back({i});
    group.slots.push_back(static_cast<uint32_t>(i % 100));
    group.found.push_back(known ? event::IndexEntry::Make(id, Sequence{i + 1}, {i})
                                : event::IndexEntry{});
  }
  group.heads.resize(100);
  Planner planner;
  for (auto _ : state) {
    group.verdicts.clear();
    planner.Plan(&group);
    benchmark::DoNotOptimize(group.verdicts.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Plan)->ArgNames({"group", "known"})->Args({1, 20})->Args({1000, 20})->Args({10'000, 20});

}  // namespace
}  // namespace oncelog::ingest
