// EventsEndpoint: GET /events and GET /events/{topic}/{event_id}.
//
// A page ends at its limit or at 32 MiB of events, whichever comes first; `has_more` and `next` are
// right in both cases.
//
//   net::Response answer = events.List(request);
//
// Threads: any that may read the disk, several at once. Ownership: reader, pool and log outlive it.
#pragma once

#include <cstdint>
#include <string_view>

#include "api/request_log.h"
#include "api/worker_pool.h"
#include "net/http.h"
#include "store/read/reader.h"

namespace oncelog::api {

class EventsEndpoint {
 public:
  EventsEndpoint(store::Reader& reader, WorkerPool& pool, RequestLog& log, uint64_t store_tag);

  [[nodiscard]] net::Response List(const net::Request& request) const;
  [[nodiscard]] net::Response Get(const net::Request& request, std::string_view topic,
                                  std::string_view event_id) const;

 private:
  store::Reader& reader_;
  WorkerPool& pool_;
  RequestLog& log_;
  const uint64_t store_tag_;
};

}  // namespace oncelog::api
