// parse: the whole of Decoder::Decode, and its steps on their own, on batches of 1,000 of the
// workload's events. items_per_second are events.

#include <benchmark/benchmark.h>

#include <string>

#include "app/bench/event_maker.h"
#include "base/hash.h"
#include "event/content_walk.h"
#include "event/decoder.h"
#include "event/json_document.h"
#include "event/record.h"
#include "event/render.h"
#include "event/timestamp.h"

namespace oncelog::event {
namespace {

constexpr int kEvents = 1000;

const HashKey& Key() {
  static const HashKey key("0123456789abcdef0123456789abcdef");
  return key;
}

std::string MakeBody(int events, const char* before, char between, const char* after) {
  app::bench::EventMaker maker({});
  std::string body = before;
  for (int i = 0; i < events; ++i) {
    if (i != 0) body += between;
    const size_t at = body.size();
    body.resize(at + app::bench::kEventBytes);
    maker.Write(body.data() + at);
  }
  body += after;
  body.reserve(body.size() + JsonDocument::kPaddingBytes);
  return body;
}

void CountEvents(benchmark::State& state, int each) {
  state.SetItemsProcessed(state.iterations() * each);
}

void Decode(benchmark::State& state, std::string body, BodyFormat format, int events) {
  Decoder decoder(Key());
  for (auto _ : state) {
    auto batch = decoder.Decode(body, format);
    if (!batch.ok() || batch->submissions.size() != static_cast<size_t>(events)) {
      state.SkipWithError("the body was not decoded");
      break;
    }
  }
  CountEvents(state, events);
}
BENCHMARK_CAPTURE(Decode, array, MakeBody(kEvents, "[", ',', "]"), BodyFormat::kJson, kEvents);
BENCHMARK_CAPTURE(Decode, wrapped, MakeBody(kEvents, "{\"events\":[", ',', "]}"), BodyFormat::kJson,
                  kEvents);
BENCHMARK_CAPTURE(Decode, ndjson, MakeBody(kEvents, "", '\n', "\n"), BodyFormat::kNdjson, kEvents);
BENCHMARK_CAPTURE(Decode, one_is_broken, MakeBody(kEvents, "[", ',', ",{\"x\":NaN}]"),
                  BodyFormat::kJson, kEvents);
BENCHMARK_CAPTURE(Decode, single, MakeBody(1, "", ',', ""), BodyFormat::kJson, 1);

void DecodeStepParse(benchmark::State& state) {
  std::string array = MakeBody(kEvents, "[", ',', "]");
  JsonDocument document;
  for (auto _ : state) benchmark::DoNotOptimize(document.Parse(array));
  CountEvents(state, kEvents);
}
BENCHMARK(DecodeStepParse);

void DecodeStepWalkAndHash(benchmark::State& state) {
  std::string array = MakeBody(kEvents, "[", ',', "]");
  JsonDocument document;
  if (document.Parse(array) != JsonParse::kOk) return state.SkipWithError("not parsed");
  ContentWalk walk(Key());
  for (auto _ : state) {
    JsonCursor at = document.Root();
    uint64_t hash = 0;
    benchmark::DoNotOptimize(walk.Value(at, 1, &hash));
  }
  CountEvents(state, kEvents);
}
BENCHMARK(DecodeStepWalkAndHash);

void DecodeStepFingerprint(benchmark::State& state) {
  std::string id = "5f0c1a52-4a3e-4b0e-9d54-0a8f7f6f1c11";
  for (auto _ : state) {
    benchmark::DoNotOptimize(id.data());
    benchmark::DoNotOptimize(FingerprintOf(Key(), "bench.01", id));
    benchmark::DoNotOptimize(Key().Hash64("bench.01"));
  }
  CountEvents(state, 1);
}
BENCHMARK(DecodeStepFingerprint);

void DecodeStepTimestamp(benchmark::State& state) {
  std::string text = "2025-10-22T10:05:07.123Z";
  for (auto _ : state) {
    benchmark::DoNotOptimize(text.data());
    benchmark::DoNotOptimize(ParseTimestamp(text));
  }
  CountEvents(state, 1);
}
BENCHMARK(DecodeStepTimestamp);

void DecodeStepEncodeRecord(benchmark::State& state) {
  const std::string event = MakeBody(1, "", ',', "");
  std::string out;
  for (auto _ : state) {
    out.clear();
    AppendEventRecord(&out, {}, {}, {}, "sensor_01", event);
    benchmark::DoNotOptimize(out.data());
  }
  CountEvents(state, 1);
}
BENCHMARK(DecodeStepEncodeRecord);

void Render(benchmark::State& state) {
  const std::string event = MakeBody(1, "", ',', "");
  std::string out;
  for (auto _ : state) {
    out.clear();
    AppendEventJson(&out, event, Sequence{7}, UnixMs{1'761'127'200'123});
    benchmark::DoNotOptimize(out.data());
  }
  CountEvents(state, 1);
}
BENCHMARK(Render);

}  // namespace
}  // namespace oncelog::event
