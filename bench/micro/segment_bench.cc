// seal: what sealing a log file costs, what it saves on disk, and how fast a segment is read, on
// real files. A log of a million of the workload's events, in frames of 1,000 submissions; in 100
// topics or in 100,000. items_per_second are events or lookups.

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/bench/event_maker.h"
#include "bench/micro/scratch.h"
#include "event/record.h"
#include "store/log/frame.h"
#include "store/segment/order_cursor.h"
#include "store/segment/segment_check.h"
#include "store/segment/segment_sealer.h"
#include "store/segment/topic_cursor.h"

namespace oncelog::store {
namespace {

using micro::Must;

constexpr uint64_t kSeed = 1;
constexpr uint64_t kEvents = 1'000'000;
constexpr size_t kFrameSubmissions = 1000;
constexpr size_t kCacheBytes = size_t{64} << 20;

uint64_t Mix(uint64_t x) {  // splitmix64, Sebastiano Vigna
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

// A log file with the benchmark's events, as a server would have written it.
class LogMaker {
 public:
  LogMaker(const std::string& path, uint32_t topics)
      : file_(Must(PosixFileSystem().Open(path, OpenMode::kCreateNew))),
        key_(std::string(kHashSecretBytes, 'k')),
        topics_(topics),
        heads_(topics) {}

  void Write(uint64_t events) {
    app::bench::EventMaker maker({.topics = topics_});
    for (uint32_t topic = 0; topic < topics_; ++topic) {
      event::AppendTopicRecord(frame_.payload(), {topic}, "line." + std::to_string(topic), kSeed);
      frame_.CountRecord();
    }
    while (events_ < events) {
      for (size_t i = 0; i < kFrameSubmissions && events_ < events; ++i) Submit(maker);
      for (const auto& [topic_and_source, count] : counts_) {
        event::AppendDuplicatesRecord(frame_.payload(), topic_and_source.first, count, 0,
                                      topic_and_source.second, kSeed);
        frame_.CountRecord();
      }
      counts_.clear();
      WriteFrame();
    }
  }

  [[nodiscard]] SealInput input() const { return {file_.get(), 1, offset_}; }
  [[nodiscard]] Position end() const { return position_; }
  [[nodiscard]] const std::vector<uint64_t>& heads() const { return heads_; }

 private:
  void Submit(app::bench::EventMaker& maker) {
    const uint64_t before = maker.unique();
    const std::string_view json(json_, static_cast<size_t>(maker.Write(json_) - json_));
    const app::bench::EventIdentity identity = app::bench::IdentityIn(json_);
    const std::string_view source = json.substr(json.find("sensor_"), 9);
    const event::Fingerprint fingerprint =
        event::FingerprintOf(key_, identity.topic, identity.event_id);
    const std::string number(identity.topic.substr(app::bench::kTopicPrefix.size()));
    const TopicId topic{static_cast<uint32_t>(std::stoul(number))};
    if (maker.unique() == before) {
      ++counts_[{topic, std::string(source)}];
      return;
    }
    const size_t at = frame_.payload()->size();
    const Instant stamp{1'761'091'200 + static_cast<int64_t>(maker.written() / 1000),
                        static_cast<uint32_t>(maker.written() % 1000) * 1'000'000};
    event::AppendEventRecord(frame_.payload(), fingerprint,
                             {Mix(fingerprint.high ^ fingerprint.low40) >> 16}, stamp, source,
                             json);
    event::SealEventRecord(frame_.payload()->data() + at, frame_.payload()->size() - at, topic,
                           {++heads_[topic.value]}, kSeed);
    frame_.CountRecord();
    ++events_;
  }

  void WriteFrame() {
    frame_.Finish({.file_id = 1,
                   .first_position = position_,
                   .received_at = {1'761'091'200'000 + static_cast<int64_t>(events_ / 1000)},
                   .link = link_},
                  kSeed);
    Must(file_->WriteAt(offset_, frame_.bytes()));
    offset_ += frame_.bytes().size();
    position_ = frame_.header().end_position();
    link_ = frame_.header().checksum;
    frame_.Clear();
  }

  std::unique_ptr<File> file_;
  const HashKey key_;
  const uint32_t topics_;
  std::vector<uint64_t> heads_;
  std::map<std::pair<TopicId, std::string>, uint32_t> counts_;
  FrameBuilder frame_;
  uint64_t offset_ = 0, events_ = 0, link_ = 0;
  Position position_;
  char json_[app::bench::kEventBytes];
};

// A log of that many topics, and the segment made of it. There is one of each at a time.
class Sealed {
 public:
  static Sealed& Of(int64_t topics) {
    static std::unique_ptr<Sealed> kept;
    if (kept == nullptr || kept->topics_ != topics) {
      kept.reset();
      kept = std::make_unique<Sealed>(static_cast<uint32_t>(topics));
    }
    return *kept;
  }

  explicit Sealed(uint32_t topics) : topics_(topics), log_(scratch_.path() + "/1.log", topics) {
    log_.Write(kEvents);
    info_ = Seal(2);
    segment_ = Must(Segment::Open(PosixFileSystem(), scratch_.path(), info_, kSeed, cache_));
  }

  SegmentInfo Seal(uint64_t id) {
    const SegmentTarget target{.id = id, .end_position = log_.end(), .store_seed = kSeed};
    const SealInput input = log_.input();
    return Must(SegmentSealer(PosixFileSystem(), scratch_.path(), target, memory_, nullptr)
                    .Seal({&input, 1}));
  }

  uint64_t ScanTopics(bool descending) {
    uint64_t events = 0;
    for (uint32_t id = 0; id < topics_; ++id) {
      const Result<SegmentTopic> topic = segment_->Topic({id});
      if (!topic.ok()) continue;
      TopicCursor cursor(segment_, *topic, {.descending = descending, .keep_blocks = false});
      for (; Must(cursor.Next()); ++events) benchmark::DoNotOptimize(cursor.event().json.data());
    }
    return events;
  }

  uint64_t ScanOrder(bool descending) {
    uint64_t events = 0;
    OrderCursor cursor(segment_, {.descending = descending, .only_events = true});
    for (; Must(cursor.Next()); ++events) benchmark::DoNotOptimize(cursor.event().json.data());
    return events;
  }

  // The `number`th of a sequence of lookups that repeats itself after `places`.
  void LookUp(uint64_t number, uint64_t places) {
    const std::vector<uint64_t>& heads = log_.heads();
    const uint64_t draw = Mix((number % places + 1) * 0x9e3779b97f4a7c15);
    const auto topic = static_cast<uint32_t>(draw % topics_);
    if (heads[topic] == 0) return;
    const FoundEvent found = Must(segment_->Find({topic}, {1 + (draw >> 32) % heads[topic]}));
    benchmark::DoNotOptimize(found.event.json.data());
  }

  [[nodiscard]] uint64_t log_bytes() const { return log_.input().end_offset; }
  [[nodiscard]] const Segment& segment() const { return *segment_; }

 private:
  const uint32_t topics_;
  micro::Scratch scratch_;
  LogMemory memory_;
  BlockCache cache_{kCacheBytes};
  LogMaker log_;
  SegmentInfo info_;
  std::shared_ptr<const Segment> segment_;
};

void Seal(benchmark::State& state) {
  Sealed& sealed = Sealed::Of(state.range(0));
  SegmentInfo info;
  for (uint64_t id = 3; auto _ : state) info = sealed.Seal(id++);
  const auto events = static_cast<double>(kEvents);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kEvents));
  state.counters["log_bytes_per_event"] = static_cast<double>(sealed.log_bytes()) / events;
  state.counters["bytes_per_event"] = static_cast<double>(info.bytes) / events;
  state.counters["memory_per_event"] =
      static_cast<double>(sealed.segment().memory_bytes()) / events;
}

void SealedTopics(benchmark::State& state) {
  Sealed& sealed = Sealed::Of(state.range(0));
  uint64_t events = 0;
  for (auto _ : state) events += sealed.ScanTopics(state.range(1) != 0);
  state.SetItemsProcessed(static_cast<int64_t>(events));
}

void SealedOrder(benchmark::State& state) {
  Sealed& sealed = Sealed::Of(state.range(0));
  uint64_t events = 0;
  for (auto _ : state) events += sealed.ScanOrder(state.range(1) != 0);
  state.SetItemsProcessed(static_cast<int64_t>(events));
}

void SealedLookup(benchmark::State& state) {
  Sealed& sealed = Sealed::Of(state.range(0));
  uint64_t number = 0;
  for (auto _ : state) sealed.LookUp(number++, static_cast<uint64_t>(state.range(1)));
  state.SetItemsProcessed(state.iterations());
}

void SealedVerify(benchmark::State& state) {
  Sealed& sealed = Sealed::Of(state.range(0));
  for (auto _ : state) Must(VerifySegment(sealed.segment(), kSeed));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kEvents));
}

// Registered topic count by topic count, so that each log is made once.
benchmark::internal::Benchmark* Add(const char* name, void (*run)(benchmark::State&)) {
  return benchmark::RegisterBenchmark(name, run);
}
const bool kRegistered = [] {
  for (const int64_t topics : {100, 100'000}) {
    Add("Seal", Seal)->ArgNames({"topics"})->Args({topics})->Iterations(1);
    Add("SealedVerify", SealedVerify)->ArgNames({"topics"})->Args({topics});
    for (const int64_t descending : {0, 1}) {
      Add("SealedTopics", SealedTopics)->ArgNames({"topics", "down"})->Args({topics, descending});
      Add("SealedOrder", SealedOrder)->ArgNames({"topics", "down"})->Args({topics, descending});
    }
    for (const int64_t places : {100, 1'000'000'000}) {
      Add("SealedLookup", SealedLookup)->ArgNames({"topics", "places"})->Args({topics, places});
    }
  }
  return true;
}();

}  // namespace
}  // namespace oncelog::store
