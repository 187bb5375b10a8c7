#include "tests/model/tiny_store.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "tests/support/publishing.h"

namespace oncelog::test {
namespace {

constexpr size_t kAgainAtOnce = 25;

TinyWorkload::Apply ApplyOf(ingest::Engine& engine) {
  return [&engine](event::Batch batch) { return engine.Apply(std::move(batch)); };
}

}  // namespace

ingest::EngineOptions TinyOptions() {
  ingest::EngineOptions options;
  options.log_file_bytes_min = uint64_t{48} << 10;
  options.log_file_bytes_max = uint64_t{48} << 10;
  options.frame_bytes = size_t{16} << 10;
  options.index.table_entries_max = 48;
  options.index.group_entries_max = 4096;  // a table of a few pages is made in no time
  options.index.tier_runs = 2;
  options.sealing.bytes_per_second = 0;
  const auto now = std::make_shared<std::atomic<int64_t>>(0);
  options.clock = [now] { return UnixMs{1'000'000 + (*now)++}; };
  return options;
}

ingest::EngineOptions TinySealingOptions() {
  ingest::EngineOptions options = TinyOptions();
  options.sealing = {};
  options.sealing.group_bytes_max = uint64_t{64} << 10;  // one full log file, or some small ones
  return options;
}

std::string TinyWorkload::Publish(ingest::Engine& engine, Status* outcome) {
  return PublishBy(ApplyOf(engine), engine.hash_key(), outcome);
}

std::string TinyWorkload::PublishBy(const Apply& apply, const HashKey& key, Status* outcome) {
  std::vector<TestEvent> events;
  for (uint64_t left = 1 + random_() % 16; left > 0; --left) {
    const bool again = !sent_.empty() && random_() % 4 == 0;
    if (again) {
      events.push_back(sent_[random_() % sent_.size()]);
      if (random_() % 5 == 0) ++events.back().value;  // a conflict
    } else {
      const size_t id = sent_.size();
      sent_.push_back({"topic" + std::to_string(id % 5), "id" + std::to_string(id),
                       static_cast<int>(id % 7),
                       id % 9 == 0 ? extra_bytes_ + id * 37 % 6000 : id % 300});
      events.push_back(sent_.back());
    }
  }
  return Send(apply, key, events, outcome);
}

std::string TinyWorkload::PublishKnown(ingest::Engine& engine) {
  Status outcome = OkStatus();
  return Send(ApplyOf(engine), engine.hash_key(), {sent_.front()}, &outcome);
}

std::string TinyWorkload::PublishAllAgain(ingest::Engine& engine, std::vector<Error>* refused) {
  for (size_t at = 0; at < sent_.size(); at += kAgainAtOnce) {
    const auto first = sent_.begin() + static_cast<ptrdiff_t>(at);
    const auto last = first + static_cast<ptrdiff_t>(std::min(kAgainAtOnce, sent_.size() - at));
    Status outcome = OkStatus();
    if (std::string wrong = Send(ApplyOf(engine), engine.hash_key(), {first, last}, &outcome);
        !wrong.empty())
      return wrong;
    if (!outcome.ok()) refused->push_back(outcome.error());
  }
  return "";
}

std::string TinyWorkload::Send(const Apply& apply, const HashKey& key,
                               const std::vector<TestEvent>& events, Status* outcome) {
  const size_t batch = oracle_.Sent(events);
  const ingest::Outcome answer = apply(BatchOf(key, events));
  *outcome = answer.status;
  return oracle_.Answered(batch, answer);
}

bool Becomes(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(200);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    // Background threads have the lowest priority: do not take their core from them.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace oncelog::test
