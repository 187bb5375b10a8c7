#include "ingest/retainer.h"

#include <string_view>
#include <utility>
#include <vector>

#include "base/out_of_memory.h"
#include "base/thread_name.h"

namespace oncelog::ingest {
namespace {

constexpr size_t kTopicsAtOnce = 1024;
constexpr size_t kPageEvents = 10'000;
constexpr size_t kPageBytes = size_t{8} << 20;

using store::RetainedTopic;

// An event received before that is past the topic's age.
UnixMs CutOff(const event::TopicSettings& settings, UnixMs now) {
  if (settings.retention_age_seconds == 0) return {INT64_MIN};
  return {now.value - static_cast<int64_t>(settings.retention_age_seconds) * 1000};
}

bool IsTooLarge(const event::TopicSettings& settings, uint64_t bytes) {
  return settings.retention_bytes != 0 && bytes > settings.retention_bytes;
}

}  // namespace

Retainer::Retainer(store::Partition& partition, RetainerOptions options)
    : partition_(partition),
      options_(std::move(options)),
      watch_(options_.clock(), options_.uptime()) {}

Retainer::~Retainer() { Stop(); }

void Retainer::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Retainer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Retainer::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Retainer::Run() {
  NameThread("retainer");
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, options_.every, [this] { return stopping_; })) return;
    }
    Pass();
  }
}

bool Retainer::CheckClock(UnixMs now) {
  const std::chrono::milliseconds ahead = watch_.Ahead(now, options_.uptime());
  const bool suspend = ahead > ClockWatch::kAheadMax;
  if (suspended_.load() != suspend) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(ahead).count();
    options_.alarm(suspend ? "the clock has jumped ahead by " + std::to_string(seconds) +
                                 " s since the start: retention stands still until it is set "
                                 "back, or until a restart takes it as right"
                           : "the clock is right again: retention goes on");
    suspended_.store(suspend);  // last: who sees it has been told why
  }
  return !suspend;
}

void Retainer::Pass() {
  const UnixMs now = options_.clock();
  if (!CheckClock(now)) return;
  for (TopicId from{0};;) {
    std::vector<RetainedTopic> topics = partition_.TopicsWithSettings(from, kTopicsAtOnce);
    if (topics.empty()) return;
    from = {topics.back().id.value + 1};
    for (RetainedTopic& topic : topics) {
      Result<bool> more = IsDue(topic, now);
      while (more.ok() && *more && !stopping()) more = CutOnce(&topic, now);
      Tell(topic, more.ok() ? OkStatus() : Status(more.error()));
      if (stopping()) return;
    }
  }
}

bool Retainer::IsDue(const RetainedTopic& topic, UnixMs now) const {
  if (topic.first_kept > topic.head) return false;
  if (IsTooLarge(topic.settings, topic.bytes)) return true;
  if (topic.settings.retention_age_seconds == 0) return false;
  const auto known = oldest_.find(topic.id);
  return known == oldest_.end() || known->second.sequence != topic.first_kept ||
         known->second.received_at < CutOff(topic.settings, now);
}

Result<Retainer::Measured> Retainer::Measure(const RetainedTopic& topic, UnixMs now) {
  store::ScanOptions options;
  options.after = topic.first_kept.value - 1;
  options.limit = kPageEvents;
  options.bytes_max = kPageBytes;
  const UnixMs cut_off = CutOff(topic.settings, now);
  Measured measured;
  const auto visit = [&](const store::EventView& event) {
    if (measured.found_kept) return;
    measured.first_kept = event.sequence;
    if (event.received_at < cut_off ||
        IsTooLarge(topic.settings, topic.bytes - measured.json_bytes)) {
      measured.json_bytes += event.json.size();
    } else {
      measured.found_kept = true;
      measured.kept_received_at = event.received_at;
    }
  };
  const Result<store::ScanEnd> end = partition_.reader().ScanTopic(topic.name, options, visit);
  if (!end.ok()) return end.error();
  if (!measured.found_kept) measured.first_kept = {end->next + 1};
  return measured;
}

Result<bool> Retainer::CutOnce(RetainedTopic* topic, UnixMs now) {
  const Result<Measured> measured = OrOutOfMemory([&] { return Measure(*topic, now); });
  if (!measured.ok()) return measured.error();
  if (measured->found_kept) {
    oldest_[topic->id] = {measured->first_kept, measured->kept_received_at};
  }
  if (measured->first_kept <= topic->first_kept) return false;
  Change change{RetainFrom{topic->id, measured->first_kept, measured->json_bytes, topic->gone}, {}};
  const Status s = options_.apply(&change);
  if (!s.ok()) {
    // kBusy: something was erased meanwhile, or the queue is full. The next pass measures again.
    if (s.error().code() == Code::kBusy) return false;
    return s.error();
  }
  if (measured->found_kept) return false;
  std::vector<RetainedTopic> again = partition_.TopicsWithSettings(topic->id, 1);
  if (again.empty() || again.front().id != topic->id) return false;
  *topic = std::move(again.front());
  return topic->first_kept <= topic->head;
}

void Retainer::Tell(const RetainedTopic& topic, const Status& outcome) {
  if (outcome.ok()) {
    told_.erase(topic.id);
    return;
  }
  const Error& error = outcome.error();
  if (error.code() == Code::kReadOnly) return;  // of all topics, and told already
  std::string& told = told_[topic.id];
  if (std::exchange(told, error.message()) == error.message()) return;
  const std::string name = "topic " + topic.name + ": ";
  std::string_view why = error.message();
  if (why.starts_with(name)) why.remove_prefix(name.size());  // as those of a scan do
  options_.alarm("retention of " + name + std::string(why));
}

}  // namespace oncelog::ingest
