// engine: the whole engine in process (decode, verdicts, log, index; no HTTP), the same without its
// index, and the least that could be called durable: decode, append, write + fdatasync. The bar is
// engine >= 0.75 x append. items_per_second are submissions; CPU is that of all threads; making the
// events is part of all three (some 15 ns each).

#include <benchmark/benchmark.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "app/bench/event_maker.h"
#include "base/check.h"
#include "bench/micro/scratch.h"
#include "event/decoder.h"
#include "event/json_document.h"
#include "ingest/engine.h"
#include "store/log/frame.h"

namespace oncelog::ingest {
namespace {

using micro::Must;
using micro::Scratch;

constexpr uint64_t kBatch = 1000;
constexpr int kInFlight = 24;  // batches: as many bytes as Append has in its two frames

// Batches of the workload, as they come out of a request.
class Batches {
 public:
  explicit Batches(const HashKey& key) : decoder_(key) {}

  event::Batch Next() {
    const size_t bytes = kBatch * (app::bench::kEventBytes + 1) + 1;
    body_.resize(bytes);
    char* write = body_.data();
    for (uint64_t i = 0; i < kBatch; ++i) {
      *write++ = i == 0 ? '[' : ',';
      write = maker_.Write(write);
    }
    *write = ']';
    body_.reserve(bytes + event::JsonDocument::kPaddingBytes);
    return Must(decoder_.Decode(body_, event::BodyFormat::kJson));
  }

  [[nodiscard]] uint64_t unique() const { return maker_.unique(); }

 private:
  app::bench::EventMaker maker_{{.run = 1}};
  event::Decoder decoder_;
  std::string body_;
};

// Counts what comes back and holds the submitter at so many in flight.
class Gate : public CompletionSink {
 public:
  void Settled(std::vector<std::unique_ptr<Work>> works) override {
    uint64_t accepted = 0;
    for (const auto& work : works) {
      Must(work->outcome.status);
      for (const EventVerdict& verdict : work->outcome.verdicts) {
        accepted += verdict.verdict == Verdict::kAccepted ? 1 : 0;
      }
    }
    const std::lock_guard lock(mutex_);
    accepted_ += accepted;
    in_flight_ -= static_cast<int>(works.size());
    changed_.notify_one();
  }

  void Enter() { Wait(kInFlight - 1, 1); }
  uint64_t Drain() {
    Wait(0, 0);
    return accepted_;
  }

 private:
  void Wait(int in_flight_max, int entering) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return in_flight_ <= in_flight_max; });
    in_flight_ += entering;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int in_flight_ = 0;
  uint64_t accepted_ = 0;
};

void InProcess(benchmark::State& state, bool without_index) {
  const auto events = static_cast<uint64_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const Scratch scratch;
    EngineOptions options;
    options.sealing.bytes_per_second = 0;  // held back, as in all rows
    options.without_index = without_index;
    Gate gate;
    auto engine = Must(Engine::Open(store::PosixFileSystem(), scratch.path(), options));
    Batches batches(engine->hash_key());
    state.ResumeTiming();
    for (uint64_t done = 0; done < events; done += kBatch) {
      auto work = std::make_unique<Work>();
      work->batch = batches.Next();
      work->sink = &gate;
      gate.Enter();
      Must(engine->Submit(work));
    }
    const uint64_t accepted = gate.Drain();
    state.PauseTiming();
    Check(accepted == (without_index ? events : batches.unique()), "all verdicts are right");
    Must(engine->Stop());
    engine.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// A file written by a thread of its own, one frame at a time.
class AppendLog {
 public:
  AppendLog(const std::string& path, uint64_t bytes)
      : file_(Must(store::PosixFileSystem().OpenUncached(path, store::OpenMode::kCreateNew))) {
    const std::string zeros(size_t{4} << 20, '\0');  // as the engine's log files are
    for (uint64_t at = 0; at < bytes; at += zeros.size()) Must(file_->WriteAt(at, zeros));
    Must(file_->DataSync());
    syncer_ = std::thread([this] { Run(); });
  }
  ~AppendLog() { syncer_.join(); }

  // Gives it back empty, once the one before is durable.
  void Write(std::unique_ptr<store::FrameBuilder>& frame) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return idle_ != nullptr; });
    std::swap(frame, idle_);
    handed_ = std::move(idle_);
    changed_.notify_all();
  }
  [[nodiscard]] bool Busy() {
    const std::lock_guard lock(mutex_);
    return idle_ == nullptr;
  }
  void Finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return idle_ != nullptr; });
    finished_ = true;
    changed_.notify_all();
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return handed_ != nullptr || finished_; });
      if (handed_ == nullptr) return;
      std::unique_ptr<store::FrameBuilder> frame = std::move(handed_);
      lock.unlock();
      frame->Finish({.file_id = 1, .first_position = {1}, .received_at = {1}}, 1);
      Must(file_->WriteAt(at_, frame->bytes()));
      Must(file_->DataSync());
      at_ += frame->bytes().size();
      frame->Clear();
      lock.lock();
      idle_ = std::move(frame);
      changed_.notify_all();
    }
  }

  std::unique_ptr<store::File> file_;
  uint64_t at_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<store::FrameBuilder> idle_ = std::make_unique<store::FrameBuilder>();
  std::unique_ptr<store::FrameBuilder> handed_;
  bool finished_ = false;
  std::thread syncer_;
};

void Append(benchmark::State& state) {
  constexpr size_t kFrameBytes = size_t{4} << 20;
  const HashKey key("0123456789abcdef0123456789abcdef");
  const auto events = static_cast<uint64_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    const Scratch scratch;
    AppendLog log(scratch.path() + "/log", events * 320);
    Batches batches(key);
    auto frame = std::make_unique<store::FrameBuilder>();
    state.ResumeTiming();
    for (uint64_t done = 0; done < events; done += kBatch) {
      frame->payload()->append(batches.Next().arena);
      frame->CountRecord();
      if (frame->size() >= kFrameBytes || !log.Busy()) log.Write(frame);
    }
    log.Write(frame);
    log.Finish();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void OneOfTenMillion(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("events")->Arg(10'000'000)->Iterations(1);
  benchmark->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(InProcess, engine, false)->Apply(OneOfTenMillion);
BENCHMARK_CAPTURE(InProcess, without_index, true)->Apply(OneOfTenMillion);
BENCHMARK(Append)->Apply(OneOfTenMillion);

}  // namespace
}  // namespace oncelog::ingest
