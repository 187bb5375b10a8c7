// LoadConnection: one non-blocking connection that sends publish requests to a server and finds the
// counts in its answers. Driver knows no more of a server than this; there is one kind for oncelog
// (HttpLoad) and one for each peer (bench/peers).
//
//   connection->AddRequest(maker, 1000, now_us);   // may be called again before the answer came
//   connection->Flush();                           // wants_write(): the rest waits for EPOLLOUT
//   connection->Read(now_us, [&](const LoadAnswer& answer) { … });
//
// Threads: one at a time. Errors: failure() says why; the connection is then of no more use.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "app/bench/event_maker.h"

namespace oncelog::app::bench {

struct LoadAnswer {
  int status = 200;     // as HTTP has it; anything but 200: refused
  uint64_t events = 0;  // that the request held
  uint64_t accepted = 0;
  uint64_t duplicates = 0;
  uint64_t conflicts = 0;
  uint64_t latency_us = 0;
  std::string_view text;  // the beginning of the answer
};

class LoadConnection {
 public:
  using Done = std::function<void(const LoadAnswer&)>;

  virtual ~LoadConnection() = default;

  [[nodiscard]] virtual int descriptor() const = 0;
  [[nodiscard]] virtual bool wants_write() const = 0;
  // Appends a request of the next `events` events.
  virtual void AddRequest(EventMaker& maker, uint64_t events, uint64_t now_us) = 0;
  // Sends what it can.
  virtual void Flush() = 0;
  // Reads what has come, and calls `done` for each answer that is complete.
  virtual void Read(uint64_t now_us, const Done& done) = 0;

  [[nodiscard]] const std::string& failure() const { return failure_; }
  [[nodiscard]] size_t in_flight() const { return sent_.size(); }

  bool watched_for_write = false;  // the event loop's note to itself

 protected:
  void Sent(uint64_t events, uint64_t now_us) { sent_.push_back({events, now_us}); }
  [[nodiscard]] uint64_t first_in_flight_events() const { return sent_.front().events; }
  // The oldest request in flight was answered.
  void Finish(LoadAnswer answer, uint64_t now_us, const Done& done) {
    answer.events = sent_.front().events;
    answer.latency_us = now_us - sent_.front().at_us;
    sent_.pop_front();
    done(answer);
  }
  void Fail(std::string why) {
    if (failure_.empty()) failure_ = std::move(why);
  }

 private:
  struct InFlight {
    uint64_t events;
    uint64_t at_us;
  };
  std::deque<InFlight> sent_;
  std::string failure_;
};

}  // namespace oncelog::app::bench
