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
  options.overlap_bytes_min = size_t{5} << 10;  // some frames are the syncer's
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

void TinyWorkload::Change(ingest::Engine& engine, Status* outcome) {
  *outcome = OkStatus();
  // What is gone hides which topic came first, and with it which one has the number 0.
  if (first_topic_.empty() && engine.reader().Totals().gone == 0) {
    (void)engine.reader().ScanAll({.limit = 1}, [&](const store::EventView& event) {
      const auto from = event.json.find("topic", sizeof(R"({"topic":)") - 1);
      first_topic_ = event.json.substr(from, event.json.find('"', from) - from);
    });
  }
  switch (changes_ % 4) {
    case 1: return Cut(engine, outcome);
    case 2: return Set(engine, outcome);
    default: return Erase(engine, outcome);
  }
}

void TinyWorkload::Ask(ingest::Engine& engine, ingest::Change change, Status* outcome) {
  ++changes_;
  *outcome = engine.ApplyChange(&change);
}

void TinyWorkload::Set(ingest::Engine& engine, Status* outcome) {
  const std::string& topic = sent_[random_() % sent_.size()].topic;
  const event::TopicSettings settings{1'000'000 + random_() % 3, 0};  // reaches nothing
  if (!engine.reader().Topic(topic)) return;                          // none is to be made
  Ask(engine, {ingest::SetSettings{topic, settings}, {}}, outcome);
  oracle_.Set(topic, settings, *outcome);
}

void TinyWorkload::Erase(ingest::Engine& engine, Status* outcome) {
  const TestEvent& event = sent_[random_() % sent_.size()];
  ingest::EraseEvent erase{event.topic, event.id};
  uint64_t sequence = 0;
  const Status found = engine.reader().Find(event.topic, event.id, [&](const auto& view) {
    erase.json_bytes = view.json.size();
    sequence = view.sequence.value;
  });
  if (!found.ok()) return;
  Ask(engine, {erase, {}}, outcome);
  oracle_.Erased(event.topic, sequence, *outcome);
}

// The oldest few, as retention would have them.
void TinyWorkload::Cut(ingest::Engine& engine, Status* outcome) {
  const uint64_t events = 1 + random_() % 3;
  const auto topic = engine.reader().Topic(first_topic_);
  if (!topic) return;
  ingest::RetainFrom cut{{0}, {0}, 0, topic->last_sequence.value - topic->events};
  const auto end = engine.reader().ScanTopic(first_topic_, {.limit = events},
                                             [&](const store::EventView& event) {
                                               cut.first_kept = {event.sequence.value + 1};
                                               cut.json_bytes += event.json.size();
                                             });
  if (!end.ok() || cut.first_kept.value == 0) return;
  Ask(engine, {cut, {}}, outcome);
  oracle_.Cut(first_topic_, cut.first_kept.value, *outcome);
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
