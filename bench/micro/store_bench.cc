// store: what a large store answers, in process. It needs one: `bench/large` calls it with the
// directory of the store that it has loaded; without ONCELOG_BENCH_STORE nothing here runs.
//
//   ONCELOG_BENCH_STORE=dir/data ONCELOG_BENCH_RUN=123 ONCELOG_BENCH_IDS=100000000
//     build/release/tests/micro --benchmark_filter=Stored
//
// StoredLookup: any event by topic and event_id; p50_us, p99_us and max_us over all iterations.
// StoredTopic, StoredOrder: the largest topic, and all events in their order; a scan of as many
// events as it says, in pages of 1,000.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "app/bench/event_maker.h"
#include "bench/micro/scratch.h"
#include "ingest/engine.h"
#include "store/fs/file_system.h"

namespace oncelog::ingest {
namespace {

using micro::Must;

const char* Setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Opened once, by whoever comes first.
store::Reader& Reader() {
  static const std::unique_ptr<Engine> engine = [] {
    EngineOptions options;
    options.sealing.bytes_per_second = 0;  // as it was loaded
    return Must(Engine::Open(store::PosixFileSystem(), Setting("ONCELOG_BENCH_STORE"), options));
  }();
  return engine->reader();
}

void StoredLookup(benchmark::State& state) {
  app::bench::EventMaker maker({.run = std::strtoull(Setting("ONCELOG_BENCH_RUN"), nullptr, 10),
                                .duplicates = 1,
                                .known = std::strtoull(Setting("ONCELOG_BENCH_IDS"), nullptr, 10)});
  std::array<char, app::bench::kEventBytes> event;
  store::Reader& reader = Reader();
  std::vector<double> took;
  for (auto _ : state) {
    maker.Write(event.data());
    const app::bench::EventIdentity identity = app::bench::IdentityIn(event.data());
    const auto start = std::chrono::steady_clock::now();
    Must(reader.Find(identity.topic, identity.event_id,
                     [](const store::EventView& found) { benchmark::DoNotOptimize(found); }));
    took.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::sort(took.begin(), took.end());
  state.counters["p50_us"] = took[took.size() / 2];
  state.counters["p99_us"] = took[took.size() * 99 / 100];
  state.counters["max_us"] = took.back();
}

template <typename Scan>
void ScanPages(benchmark::State& state, const Scan& scan) {
  int64_t seen = 0;
  for (auto _ : state) {
    std::unique_ptr<store::ScanMemory> memory;
    store::ScanOptions options{.memory = &memory};
    bool more = true;
    for (const int64_t end = seen + state.range(0); more && seen < end;) {
      const store::ScanEnd page = Must(scan(options, [&](const store::EventView& event) {
        benchmark::DoNotOptimize(event);
        ++seen;
      }));
      options.after = page.next;
      more = page.has_more;
    }
  }
  state.SetItemsProcessed(seen);
}

void StoredTopic(benchmark::State& state) {
  const std::string topic = Reader().LargestTopics(1).at(0).name;
  ScanPages(state, [&](const store::ScanOptions& options, const store::Visitor& visit) {
    return Reader().ScanTopic(topic, options, visit);
  });
}

void StoredOrder(benchmark::State& state) {
  ScanPages(state, [](const store::ScanOptions& options, const store::Visitor& visit) {
    return Reader().ScanAll(options, visit);
  });
}

const bool kRegistered = [] {
  if (*Setting("ONCELOG_BENCH_STORE") == '\0') return false;
  constexpr int64_t kEvents = 10'000'000;
  for (const int64_t lookups : {2'000, 50'000}) {
    benchmark::RegisterBenchmark("StoredLookup", StoredLookup)->Iterations(lookups);
  }
  benchmark::RegisterBenchmark("StoredTopic", StoredTopic)->Arg(kEvents)->Iterations(1);
  benchmark::RegisterBenchmark("StoredOrder", StoredOrder)->Arg(kEvents)->Iterations(1);
  return true;
}();

}  // namespace
}  // namespace oncelog::ingest
