#include "api/event_stream.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "event/render.h"

namespace oncelog::api {
namespace {

constexpr StepBounds kPiece{.events_max = 1'000, .bytes_max = size_t{256} << 10};

// The place of the newest event there is, or nothing if there is none.
Result<std::optional<uint64_t>> NewestPlace(store::Reader& reader, const EventsQuery& query) {
  std::optional<uint64_t> newest;
  if (query.topic) {
    if (const auto topic = reader.Topic(*query.topic)) newest = topic->last_sequence.value;
    return newest;
  }
  store::ScanOptions options{.descending = true, .limit = 1};
  for (bool more = true; more && !newest;) {  // an empty page may end among what is gone
    const auto end = reader.ScanAll(
        options, [&](const store::EventView& event) { newest = event.position.value; });
    if (!end.ok()) return end.error();
    options.after = end->next;
    more = end->has_more;
  }
  return newest;
}

}  // namespace

// Where the stream stands. Shared with the job that reads the next piece, which may outlive a
// client that has gone.
class EventStream::Walk : public std::enable_shared_from_this<EventStream::Walk> {
 public:
  Walk(store::Reader& reader, WorkerPool& pool, EventsQuery query, Broken broken)
      : reader_(reader), pool_(pool), query_(std::move(query)), broken_(std::move(broken)) {
    if (query_.limit) left_ = *query_.limit;
    query_.scan.memory = &memory_;
  }

  Status Begin() {
    if (query_.scan.descending || query_.event_id) return OkStatus();  // ends by itself
    Result<std::optional<uint64_t>> newest = NewestPlace(reader_, query_);
    if (!newest.ok()) return newest.error();
    last_ = newest->value_or(0);
    finished_ = !newest->has_value();
    return OkStatus();
  }

  // One bounded step; its piece may be empty though there is more (a rare filter).
  Result<std::string> Step() {
    std::string piece;
    if (finished_) return piece;
    const auto visit = [&](const store::EventView& event) {
      const uint64_t place = query_.topic ? event.sequence.value : event.position.value;
      if (last_ && place > *last_) return;
      event::AppendEventJson(&piece, event.json, event.sequence, event.received_at);
      piece += '\n';
    };
    StepBounds bounds = kPiece;
    bounds.events_max = static_cast<size_t>(std::min<uint64_t>(bounds.events_max, left_));
    const auto end = ScanEvents(reader_, query_, bounds, visit);
    if (!end.ok()) return end.error();
    query_.scan.after = end->next;
    left_ -= end->events;
    finished_ = !end->has_more || left_ == 0 || (last_ && end->next >= *last_);
    return piece;
  }

  // Steps until there is something to send; between steps other readers get their turn.
  void Advance(const std::function<void(bool ok, std::string piece)>& done) {
    Result<std::string> piece = Step();
    if (!piece.ok() && broken_) broken_(piece.error());
    if (!piece.ok() || abandoned_) return done(false, {});
    if (!piece->empty() || finished_) return done(true, piece.Take());
    const auto again = [walk = shared_from_this(), done] { walk->Advance(done); };
    if (!pool_.RunAlways(again)) done(false, {});
  }

  void Abandon() { abandoned_ = true; }
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  store::Reader& reader_;
  WorkerPool& pool_;
  EventsQuery query_;
  std::unique_ptr<store::ScanMemory> memory_;
  const Broken broken_;
  uint64_t left_ = UINT64_MAX;    // events still to be given
  std::optional<uint64_t> last_;  // the place of the last event, if it is to end there
  std::atomic<bool> finished_ = false;
  std::atomic<bool> abandoned_ = false;
};

EventStream::EventStream(store::Reader& reader, WorkerPool& pool, EventsQuery query, Broken broken)
    : pool_(pool),
      walk_(std::make_shared<Walk>(reader, pool, std::move(query), std::move(broken))) {}

EventStream::~EventStream() { walk_->Abandon(); }

Status EventStream::Prepare() {
  if (Status begun = walk_->Begin(); !begun.ok()) return begun;
  Result<std::string> piece = walk_->Step();
  if (!piece.ok()) return piece.error();
  prepared_ = piece.Take();
  return OkStatus();
}

bool EventStream::finished() const { return walk_->finished(); }

std::string EventStream::TakePrepared() { return std::exchange(prepared_, {}); }

void EventStream::Next(std::function<void(bool ok, std::string piece)> done) {
  if (!prepared_.empty() || walk_->finished()) return done(true, TakePrepared());
  const auto job = [walk = walk_, done] { walk->Advance(done); };
  if (!pool_.RunAlways(job)) done(false, {});
}

}  // namespace oncelog::api
