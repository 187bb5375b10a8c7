// codec: what turns records into frames and blocks, and back. bytes_per_second are of the raw side.

#include <benchmark/benchmark.h>

#include <string>

#include "app/bench/event_maker.h"
#include "event/record.h"
#include "store/log/frame.h"
#include "store/segment/zstd_codec.h"

namespace oncelog::store {
namespace {

constexpr uint64_t kSeed = 1;
constexpr int kEvents = 1000;

std::string Records() {
  app::bench::EventMaker maker({});
  std::string records, event(app::bench::kEventBytes, '\0');
  for (int i = 0; i < kEvents; ++i) {
    maker.Write(event.data());
    event::AppendEventRecord(&records, {}, {}, {}, "sensor_01", event);
  }
  return records;
}

// A frame of 1,000 events: padding, header, both checksums.
void FrameFinish(benchmark::State& state) {
  const std::string records = Records();
  FrameBuilder frame;
  for (auto _ : state) {
    frame.Clear();
    frame.payload()->append(records);
    frame.CountRecord();
    frame.Finish({.file_id = 1, .first_position = {1}, .received_at = {1}}, kSeed);
    benchmark::DoNotOptimize(frame.bytes().data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(records.size()));
}
BENCHMARK(FrameFinish);

void FrameCheck(benchmark::State& state) {
  FrameBuilder frame;
  frame.payload()->append(Records());
  frame.CountRecord();
  frame.Finish({.file_id = 1, .first_position = {1}, .received_at = {1}}, kSeed);
  for (auto _ : state) {
    FrameHeader header;
    if (DecodeFrameHeader(frame.bytes(), 1, kSeed, &header) != HeaderState::kValid ||
        !PayloadMatches(header, frame.records_bytes(), kSeed)) {
      state.SkipWithError("a good frame was called bad");
      break;
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(frame.records_bytes().size()));
}
BENCHMARK(FrameCheck);

void ZstdCompress(benchmark::State& state) {
  const std::string raw = Records().substr(0, 64 << 10);
  Compressor compressor;
  std::string packed;
  for (auto _ : state) {
    packed.clear();
    compressor.Append(raw, &packed);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(raw.size()));
  state.counters["ratio"] = static_cast<double>(raw.size()) / static_cast<double>(packed.size());
}
BENCHMARK(ZstdCompress);

void ZstdDecompress(benchmark::State& state) {
  const std::string raw = Records().substr(0, 64 << 10);
  std::string packed, again;
  Compressor().Append(raw, &packed);
  Decompressor decompressor;
  for (auto _ : state) {
    if (!decompressor.Run(packed, raw.size(), &again).ok()) {
      state.SkipWithError("not decompressed");
      break;
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(raw.size()));
}
BENCHMARK(ZstdDecompress);

}  // namespace
}  // namespace oncelog::store
