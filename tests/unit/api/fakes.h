// Stand-ins for what api stands on: a Reader over a vector, an Engine that settles when the test
// says so, and an Exchange that keeps the answer.
//
// Threads: FakeExchange may be answered on any thread; the others belong to the test's thread,
// except FakeReader, which is not changed while it is read.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/api.h"
#include "ingest/engine.h"
#include "net/exchange.h"

namespace oncelog::api {

struct FakeEvent {
  std::string topic;
  std::string event_id;
  std::string json;
  uint64_t sequence = 0;
  uint64_t position = 0;
  UnixMs received_at;
  Instant timestamp;
  std::string source = "s";
  bool gone = false;

  [[nodiscard]] store::EventView View() const {
    return {.json = json,
            .sequence = {sequence},
            .position = {position},
            .received_at = received_at,
            .timestamp = timestamp,
            .source = source};
  }
};

class FakeReader : public store::Reader {
 public:
  // Positions are uneven, as they are where other records lie between events.
  void Add(const std::string& topic, const std::string& event_id, FakeEvent event = {}) {
    event.topic = topic;
    event.event_id = event_id;
    event.sequence = CountOf(topic) + 1;
    event.position = events_.size() * 2 + 1;
    if (event.json.empty()) {
      event.json = R"({"topic":")" + topic + R"(","event_id":")" + event_id + R"("})";
    }
    events_.push_back(std::move(event));
  }
  void FailWith(Error error) { error_ = std::move(error); }

  Result<store::ScanEnd> ScanTopic(std::string_view topic, const store::ScanOptions& options,
                                   const store::Visitor& visit) override {
    return Scan(options, visit, &topic);
  }
  Result<store::ScanEnd> ScanAll(const store::ScanOptions& options,
                                 const store::Visitor& visit) override {
    return Scan(options, visit, nullptr);
  }
  Status Find(std::string_view topic, std::string_view event_id,
              const store::Visitor& visit) override {
    if (error_) return *error_;
    for (const FakeEvent& event : events_) {
      if (event.topic != topic || event.event_id != event_id) continue;
      visit(event.View());
      return OkStatus();
    }
    return Error(Code::kNotFound, "none");
  }
  // Behind the empty ones, each event counts as a topic of its own.
  Result<uint64_t> FindInTopics(std::string_view event_id, uint64_t from,
                                const store::TopicVisitor& visit) override {
    if (from < empty_topics) return std::min(from + 1000, empty_topics);
    const uint64_t at = from - empty_topics;
    if (at >= events_.size()) return from;
    if (events_[at].event_id == event_id && !events_[at].gone) visit(from, events_[at].View());
    return from + 1;
  }
  void Erase(size_t number) { events_[number].gone = true; }
  std::optional<store::TopicInfo> Topic(std::string_view name) override {
    for (store::TopicInfo& topic : AllTopics()) {
      if (topic.name == name) return topic;
    }
    return std::nullopt;
  }
  std::vector<store::TopicInfo> Topics(std::string_view prefix, std::string_view after,
                                       size_t limit) override {
    std::vector<store::TopicInfo> found;
    for (store::TopicInfo& topic : AllTopics()) {
      if (topic.name.starts_with(prefix) && topic.name > after && found.size() < limit) {
        found.push_back(topic);
      }
    }
    return found;
  }
  std::vector<store::TopicInfo> LargestTopics(size_t limit) override {
    std::vector<store::TopicInfo> topics = AllTopics();
    std::stable_sort(topics.begin(), topics.end(), [](const auto& a, const auto& b) {
      return a.last_sequence > b.last_sequence;
    });
    topics.resize(std::min(limit, topics.size()));
    return topics;
  }
  store::StoreTotals Totals() override {
    return {.events = events_.size(),
            .duplicates = duplicates,
            .conflicts = conflicts,
            .topics = AllTopics().size()};
  }

  uint64_t duplicates = 0;
  uint64_t empty_topics = 0;  // made before all others
  uint64_t conflicts = 0;
  size_t scan_max = SIZE_MAX;  // of a page, if that is less than what is asked for

 private:
  static bool Matches(const store::ScanOptions& o, const FakeEvent& e) {
    return (!o.source || *o.source == e.source) && (!o.from || e.timestamp >= *o.from) &&
           (!o.to || e.timestamp < *o.to) &&
           (!o.received_from || e.received_at >= *o.received_from) &&
           (!o.received_to || e.received_at < *o.received_to);
  }

  Result<store::ScanEnd> Scan(const store::ScanOptions& options, const store::Visitor& visit,
                              const std::string_view* topic) {
    if (error_) return *error_;
    std::vector<const FakeEvent*> order;
    for (const FakeEvent& event : events_) order.push_back(&event);
    if (options.descending) std::reverse(order.begin(), order.end());
    store::ScanEnd end{.next = options.after.value_or(0),
                       .readable = topic != nullptr ? CountOf(*topic) : events_.size()};
    size_t visited = 0;
    size_t scanned = 0;
    size_t bytes = 0;
    for (const FakeEvent* event : order) {
      if (topic != nullptr && event->topic != *topic) continue;
      const uint64_t place = topic != nullptr ? event->sequence : event->position;
      if (options.after && (options.descending ? place >= *options.after : place <= *options.after))
        continue;
      if (scanned == std::min(options.scan_max, scan_max)) {
        end.has_more = true;
        break;
      }
      ++scanned;
      if (event->gone || !Matches(options, *event)) {
        end.next = place;
        continue;
      }
      if (visited == options.limit || bytes >= options.bytes_max) {
        end.has_more = true;
        break;
      }
      visit(event->View());
      ++visited;
      bytes += event->json.size();
      end.next = place;
    }
    return end;
  }

  uint64_t CountOf(std::string_view topic) const {
    return static_cast<uint64_t>(
        std::count_if(events_.begin(), events_.end(),
                      [&](const FakeEvent& event) { return event.topic == topic; }));
  }

  std::vector<store::TopicInfo> AllTopics() const {
    std::vector<store::TopicInfo> topics;
    for (const FakeEvent& event : events_) {
      auto found = std::find_if(topics.begin(), topics.end(),
                                [&](const auto& topic) { return topic.name == event.topic; });
      if (found == topics.end()) {
        topics.push_back({.name = event.topic, .first_received_at = event.received_at});
        found = topics.end() - 1;
      }
      ++found->last_sequence.value;
      ++found->events;
      found->bytes += event.json.size();
      found->last_received_at = event.received_at;
    }
    std::sort(topics.begin(), topics.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return topics;
  }

  std::vector<FakeEvent> events_;
  std::optional<Error> error_;
};

class FakeEngine : public ingest::Engine {
 public:
  void SubmitAll(std::span<std::unique_ptr<ingest::Work>> works) override {
    for (std::unique_ptr<ingest::Work>& work : works) {
      if (refuse) {
        work->outcome.status = *refuse;
      } else {
        submitted.push_back(std::move(work));
      }
    }
  }
  ingest::Outcome Apply(event::Batch) override { return {}; }
  Status ApplyChange(ingest::Change*) override { return OkStatus(); }
  store::Reader& reader() override { return fake_reader; }
  const HashKey& hash_key() const override { return key_; }
  const std::string& store_id() const override { return store_id_; }
  uint64_t epoch() const override { return epoch_number; }
  ingest::Health health() const override { return health_now; }
  std::string health_detail() const override {
    return health_now == ingest::Health::kOk ? detail_when_ok : "why it is so";
  }
  ingest::EngineFigures figures() const override { return figures_now; }
  const ingest::OpenReport& opened() const override { return opened_; }
  Status Stop() override { return OkStatus(); }

  // Settles all submitted works as one frame: every event gets `verdict`, sequences count up.
  void SettleAll(ingest::Verdict verdict) {
    for (auto& work : submitted) {
      for (size_t i = 0; i < work->batch.submissions.size(); ++i) {
        work->outcome.verdicts.push_back({verdict, {++last_sequence}});
      }
    }
    Deliver();
  }
  void FailAll(const Error& error) {
    for (auto& work : submitted) work->outcome.status = error;
    Deliver();
  }

  FakeReader fake_reader;
  std::optional<Error> refuse;
  std::vector<std::unique_ptr<ingest::Work>> submitted;
  ingest::Health health_now = ingest::Health::kOk;
  std::string detail_when_ok;
  ingest::EngineFigures figures_now;
  uint64_t epoch_number = 1;
  uint64_t last_sequence = 0;

 private:
  void Deliver() {
    if (submitted.empty()) return;
    ingest::CompletionSink* const sink = submitted.front()->sink;
    sink->Settled(std::exchange(submitted, {}));
  }

  HashKey key_{std::string(kHashSecretBytes, 'k')};
  std::string store_id_ = "0123456789abcdef";
  ingest::OpenReport opened_;
};

// Keeps the answer of one request; Wait gives up after a generous deadline.
class FakeExchange : public net::Exchange {
 public:
  // Of the bodies of answers.
  void set_room_bytes(size_t bytes) { room_bytes_ = bytes; }
  bool HasRoomFor(net::Response& response) override { return response.body.size() <= room_bytes_; }
  void Answer(std::optional<net::Response> response) override {
    const std::lock_guard lock(mutex_);
    answered_ = true;
    response_ = std::move(response);
    changed_.notify_all();
  }
  [[nodiscard]] bool answered() {
    const std::lock_guard lock(mutex_);
    return answered_;
  }
  // Nothing if no answer came, or the Responder was dropped.
  std::optional<net::Response> Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(30), [this] { return answered_; });
    return std::move(response_);
  }

 private:
  size_t room_bytes_ = SIZE_MAX;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool answered_ = false;
  std::optional<net::Response> response_;
};

inline std::string FieldOf(const net::Response& response, std::string_view name) {
  for (const net::Field& field : response.fields) {
    if (field.name == name) return field.value;
  }
  return {};
}

}  // namespace oncelog::api
