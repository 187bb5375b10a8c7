#include "api/event_stream.h"

#include <algorithm>
#include <atomic>
#include <mutex>
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

// Where the stream stands, and the piece behind the one that is being sent: reading goes on
// meanwhile. Shared with the job that reads it, which may outlive a client that has gone.
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
    piece.reserve(kPiece.bytes_max + kPiece.bytes_max / 2);  // each event gets members more
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

  // The first step, in the caller's turn.
  Status Prepare() {
    Result<std::string> piece = Step();
    if (!piece.ok()) return piece.error();
    if (!piece->empty()) ahead_ = std::move(piece);
    return OkStatus();
  }

  std::string TakePrepared() {
    return ahead_ ? std::exchange(ahead_, std::nullopt)->Take() : std::string();
  }

  void Next(const Done& done) {
    std::optional<Result<std::string>> piece;
    bool read = false;
    {
      const std::lock_guard lock(mutex_);
      piece = std::exchange(ahead_, std::nullopt);
      if (!piece && finished_ && !reading_) piece = std::string();
      if (!piece) waiting_ = done;
      read = BeginReading();
    }
    if (read) QueueRead();
    if (piece) Give(std::move(*piece), done);
  }

  void Abandon() { abandoned_ = true; }
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  static void Give(Result<std::string> piece, const Done& done) {
    const bool ok = piece.ok();
    done(ok, ok ? piece.Take() : std::string());
  }

  // Under the mutex: a piece at a time, and at most one ahead.
  bool BeginReading() { return !finished_ && !std::exchange(reading_, true); }

  void QueueRead() {
    const bool queued = pool_.RunAlways([walk = shared_from_this()] { walk->Read(); });
    if (!queued) TakeUp(Error(Code::kBusy, "the server stops"));
  }

  // Steps until there is something to send; between steps other readers get their turn.
  void Read() {
    Result<std::string> piece = Step();
    if (!piece.ok() && broken_) broken_(piece.error());
    if (piece.ok() && piece->empty() && !finished_ && !abandoned_) return QueueRead();
    TakeUp(std::move(piece));
  }

  void TakeUp(Result<std::string> piece) {
    Done done;
    bool read = false;
    {
      const std::lock_guard lock(mutex_);
      reading_ = false;
      if (!piece.ok() || abandoned_) finished_ = true;
      done = std::exchange(waiting_, nullptr);
      if (!done) {
        ahead_ = std::move(piece);
        return;
      }
      read = BeginReading();
    }
    if (read) QueueRead();
    Give(std::move(piece), done);
  }

  store::Reader& reader_;
  WorkerPool& pool_;
  EventsQuery query_;
  std::unique_ptr<store::ScanMemory> memory_;
  const Broken broken_;
  uint64_t left_ = UINT64_MAX;    // events still to be given
  std::optional<uint64_t> last_;  // the place of the last event, if it is to end there
  std::atomic<bool> finished_ = false;
  std::atomic<bool> abandoned_ = false;

  std::mutex mutex_;
  bool reading_ = false;  // a job is queued or under way: what is above is its
  std::optional<Result<std::string>> ahead_;
  Done waiting_;  // set only while reading_, so that it is surely called
};

EventStream::EventStream(store::Reader& reader, WorkerPool& pool, EventsQuery query, Broken broken)
    : walk_(std::make_shared<Walk>(reader, pool, std::move(query), std::move(broken))) {}

EventStream::~EventStream() { walk_->Abandon(); }

Status EventStream::Prepare() {
  if (Status begun = walk_->Begin(); !begun.ok()) return begun;
  return walk_->Prepare();
}

bool EventStream::finished() const { return walk_->finished(); }

std::string EventStream::TakePrepared() { return walk_->TakePrepared(); }

void EventStream::Next(Done done) { walk_->Next(done); }

}  // namespace oncelog::api
