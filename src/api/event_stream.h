// EventStream: GET /events as NDJSON, piece by piece while it is being sent, at constant memory:
// two pieces, as one is read ahead. No default limit. In ascending order it ends with what was
// stored when it began, so that it ends at all while publishers go on.
//
//   auto stream = std::make_unique<EventStream>(reader, pool, query);
//   Status first = stream->Prepare();     // reads the first piece: an error can still be a 500
//   if (stream->finished()) response.body = stream->TakePrepared(); else response.stream = …;
//
// There is no place for a cursor in it: who wants to go on later takes `sequence` of the last line,
// or pages.
// Threads: Prepare on a thread that may read; Next from anywhere, its pieces are read on the pool.
// Ownership: `reader` and `pool` must outlive it; a piece under way outlives the stream by itself.
// Errors: an error behind the first piece breaks the body off (see net::BodyStream), and `broken`
// hears of it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/event_scan.h"
#include "api/worker_pool.h"
#include "net/http.h"

namespace oncelog::api {

class EventStream : public net::BodyStream {
 public:
  // `broken`: told, on a thread of the pool, what broke the body off.
  using Broken = std::function<void(const Error&)>;
  EventStream(store::Reader& reader, WorkerPool& pool, EventsQuery query, Broken broken = {});
  ~EventStream() override;

  Status Prepare();
  [[nodiscard]] bool finished() const;
  std::string TakePrepared();

  using Done = std::function<void(bool ok, std::string piece)>;
  void Next(Done done) override;

 private:
  class Walk;

  std::shared_ptr<Walk> walk_;
};

}  // namespace oncelog::api
