// Follower: reads events as they become durable, by asking for page after page behind a cursor.
//
//   Follower follower(fetch, {.topic = "sensor.temp"});
//   Status s = follower.StartBeforeEnd(10);           // or Resume(place), or nothing: the first
//   Result<EventPage> page = follower.Next();         // may be empty; then ask again later
//   Save(follower.place());                           // when its lines were handed on
//
// The server's cursors count upwards, so the last ten events are found downwards first: from the
// time at which the oldest of them was received the follower reads upwards, and drops what stands
// before it. That time stays part of its query, because a cursor is bound to its query.
// Threads: one. Ownership: a value; `fetch` is called in Next and StartBeforeEnd only.
// Errors: those of `fetch`; kInvalid for an answer that is no page of events.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "app/client/event_page.h"
#include "base/result.h"

namespace oncelog::app {

// Which events; empty: all.
struct TailQuery {
  std::string topic;
  std::string source;

  bool operator==(const TailQuery&) const = default;
};

// Where a follower stands: everything it needs to go on.
struct TailPlace {
  std::string cursor;         // empty: at the beginning
  std::string received_from;  // empty: no matter when

  bool operator==(const TailPlace&) const = default;
};

class Follower {
 public:
  // The body of a GET of this target.
  using Fetch = std::function<Result<std::string>(const std::string& target)>;

  Follower(Fetch fetch, TailQuery query);

  void Resume(TailPlace place) { place_ = std::move(place); }
  // The newest `events` that there are now will come first.
  Status StartBeforeEnd(uint64_t events);

  Result<EventPage> Next();
  [[nodiscard]] const TailPlace& place() const { return place_; }

 private:
  // One event among those received in the same millisecond.
  struct Mark {
    std::string topic;
    uint64_t sequence = 0;
    std::string received_at;
    bool wanted = true;  // it is the first that comes; else it is the last that does not
  };

  static Result<Mark> MarkOf(const std::string& lines);  // of the last line
  Result<EventPage> FetchPage(const std::string& order, const std::string& after, uint64_t limit);
  void DropBeforeMark(EventPage* page);

  Fetch fetch_;
  TailQuery query_;
  TailPlace place_;
  std::optional<Mark> mark_;  // until it was met
};

}  // namespace oncelog::app
