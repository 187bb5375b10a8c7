// Retainer: has payloads go that are past their topic's retention_age or beyond its
// retention_bytes. From time to time it measures the topics with settings, oldest events first, and
// hands the committer a cut: "kept from sequence S". The decision is in the log; replay needs no
// clock.
//
//   Retainer retainer(partition, {…, .apply = [&](Change* change) { … }});
//   retainer.Start();
//
// A topic is read only when something of it is due, and then only what goes and one event more.
// While the clock is ahead of itself (clock_watch.h) nothing goes, whatever the setting.
// Threads: one of its own; suspended() from any. Ownership: the partition outlives it.
// Errors: a topic that cannot be read is told through `alarm` once and left as it is.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/time.h"
#include "ingest/change.h"
#include "ingest/clock_watch.h"
#include "store/partition.h"

namespace oncelog::ingest {

struct RetainerOptions {
  std::chrono::milliseconds every{10'000};
  Clock clock = SystemNow;
  Uptime uptime = SystemUptime;
  std::function<Status(Change*)> apply;
  std::function<void(const std::string&)> alarm = [](const std::string&) {};
};

class Retainer {
 public:
  Retainer(store::Partition& partition, RetainerOptions options);
  ~Retainer();

  void Start();
  void Stop();  // joins; `apply` must not block for ever

  // Nothing goes because the clock has jumped ahead.
  [[nodiscard]] bool suspended() const { return suspended_.load(); }

 private:
  // The oldest event kept, as the last look found it: saves reading it again.
  struct Oldest {
    Sequence sequence;
    UnixMs received_at;
  };
  // What a page of events says about a cut.
  struct Measured {
    Sequence first_kept;
    uint64_t json_bytes = 0;  // that go
    bool found_kept = false;  // first_kept is an event that is to be kept
    UnixMs kept_received_at;
  };

  void Run();
  void Pass();
  bool CheckClock(UnixMs now);
  [[nodiscard]] bool IsDue(const store::RetainedTopic& topic, UnixMs now) const;
  // One page of events; yields whether there may be more to cut.
  Result<bool> CutOnce(store::RetainedTopic* topic, UnixMs now);
  Result<Measured> Measure(const store::RetainedTopic& topic, UnixMs now);
  [[nodiscard]] bool stopping() const;
  void Tell(const store::RetainedTopic& topic, const Status& outcome);  // news only

  store::Partition& partition_;
  const RetainerOptions options_;
  const ClockWatch watch_;
  std::atomic<bool> suspended_{false};
  std::map<TopicId, Oldest> oldest_;
  std::map<TopicId, std::string> told_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace oncelog::ingest
