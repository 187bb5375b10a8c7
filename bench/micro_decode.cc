// How long decoding takes, in nanoseconds an event: the whole of Decoder::Decode, and its steps on
// their own. Batches of 1,000 events of about 214 bytes, as in docs/performance.md.
//
//   build/release/tests/micro_decode [rounds]
//
// Prints the fastest round (the machine's noise only ever adds) and the median of each step.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

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

std::string MakeEvent(int i) {
  char text[400];
  const int bytes = std::snprintf(
      text, sizeof text,
      R"({"topic":"sensor.temp.%03d","event_id":"evt_%012d_abcdef","timestamp":"2025-10-22T10:)"
      R"(%02d:%02d.123456Z","source":"sensor_%05d","payload":{"temperature":%02d.5,)"
      R"("humidity":%02d,"unit":"celsius","ok":true,"note":"n%03d"}})",
      i % 100, i * 7919, i % 60, i * 7 % 60, i % 1000, 10 + i % 40, 10 + i % 90, i % 1000);
  return {text, static_cast<size_t>(bytes)};
}

std::string MakeBody(const char* before, const char* between, const char* after) {
  std::string body = before;
  for (int i = 0; i < kEvents; ++i) {
    if (i != 0) body += between;
    body += MakeEvent(i);
  }
  body += after;
  body.reserve(body.size() + JsonDocument::kPaddingBytes);
  return body;
}

// Runs `work`, which handles `events` events, again and again, and prints what it costs.
void Measure(const char* name, int rounds, int events, const std::function<bool()>& work) {
  std::vector<double> ns;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    if (!work()) {
      std::fprintf(stderr, "%s: failed\n", name);
      std::exit(1);
    }
    const auto end = std::chrono::steady_clock::now();
    ns.push_back(std::chrono::duration<double, std::nano>(end - start).count() / events);
  }
  std::sort(ns.begin(), ns.end());
  std::printf("%-34s %8.1f %8.1f\n", name, ns.front(), ns[ns.size() / 2]);
}

void MeasureDecode(const HashKey& key, int rounds) {
  Decoder decoder(key);
  const auto decode = [&](std::string& body, BodyFormat format, size_t events) {
    auto batch = decoder.Decode(body, format);
    return batch.ok() && batch->submissions.size() == events;
  };
  std::string array = MakeBody("[", ",", "]");
  std::string wrapped = MakeBody("{\"events\":[", ",", "]}");
  std::string lines = MakeBody("", "\n", "\n");
  std::string broken = MakeBody("[", ",", ",{\"x\":NaN}]");
  std::string single = MakeEvent(1);
  const auto json = BodyFormat::kJson;
  Measure("decode: array", rounds, kEvents, [&] { return decode(array, json, kEvents); });
  Measure("decode: {\"events\":[...]}", rounds, kEvents,
          [&] { return decode(wrapped, json, kEvents); });
  Measure("decode: NDJSON", rounds, kEvents,
          [&] { return decode(lines, BodyFormat::kNdjson, kEvents); });
  Measure("decode: array, one is broken", rounds, kEvents,
          [&] { return decode(broken, json, kEvents); });
  Measure("decode: one event a request", rounds, 1, [&] { return decode(single, json, 1); });
}

void MeasureSteps(const HashKey& key, int rounds) {
  std::string array = MakeBody("[", ",", "]");
  JsonDocument document;
  const auto parse = [&] { return document.Parse(array) == JsonParse::kOk; };
  Measure("step: parse (simdjson DOM)", rounds, kEvents, parse);
  Measure("step: walk over the structure", rounds, kEvents, [&] {
    JsonCursor at = document.Root();
    at.Skip();
    return true;
  });
  ContentWalk walk(key);
  Measure("step: walk, hash, duplicate names", rounds, kEvents, [&] {
    JsonCursor at = document.Root();
    uint64_t hash = 0;
    return walk.Value(at, 1, &hash) && hash != 0;
  });
  Measure("step: fingerprint and topic hash", rounds, kEvents, [&] {
    uint64_t sum = 0;
    for (int i = 0; i < kEvents; ++i) {
      sum += FingerprintOf(key, "sensor.temp.001", "evt_000000007919_abcdef").high + i;
      sum += key.Hash64("sensor.temp.001");
    }
    return sum != 0;
  });
  Measure("step: timestamp", rounds, kEvents, [&] {
    int64_t sum = 0;
    for (int i = 0; i < kEvents; ++i) {
      sum += ParseTimestamp("2025-10-22T10:05:07.123456Z")->seconds + i;
    }
    return sum != 0;
  });
  const std::string event = MakeEvent(1);
  std::string out;
  Measure("step: encode the record", rounds, kEvents, [&] {
    out.clear();
    for (int i = 0; i < kEvents; ++i) AppendEventRecord(&out, {}, {}, {}, "sensor_00001", event);
    return !out.empty();
  });
  Measure("render: AppendEventJson", rounds, kEvents, [&] {
    out.clear();
    for (int i = 0; i < kEvents; ++i) {
      AppendEventJson(&out, event, Sequence{7}, UnixMs{1'761'127'200'123});
    }
    return !out.empty();
  });
}

void MeasureAll(int rounds) {
  const HashKey key("0123456789abcdef0123456789abcdef");
  std::printf("%zu bytes an event\n%-34s %8s %8s\n", MakeEvent(1).size(), "ns an event", "best",
              "median");
  MeasureDecode(key, rounds);
  MeasureSteps(key, rounds);
}

}  // namespace
}  // namespace oncelog::event

int main(int argc, char** argv) {
  oncelog::event::MeasureAll(argc > 1 ? std::max(1, std::atoi(argv[1])) : 1000);
  return 0;
}
