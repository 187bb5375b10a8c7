// ChangesEndpoint: what changes topics without publishing: PUT /topics/{topic} (settings) and
// DELETE /events/{topic}/{event_id} (erase one event).
//
//   net::Response answer = changes.Put(request, "sensor.temp");
//
// Both may be sent again as often as one likes: the answer is the same but for 201 and `status`.
// Threads: any that may wait for a sync, several at once; not those that read for others.
// Ownership: the engine outlives it.
#pragma once

#include <string_view>

#include "ingest/engine.h"
#include "net/http.h"

namespace oncelog::api {

class ChangesEndpoint {
 public:
  explicit ChangesEndpoint(ingest::Engine& engine) : engine_(engine) {}

  [[nodiscard]] net::Response Put(const net::Request& request, std::string_view topic) const;
  [[nodiscard]] net::Response Erase(const net::Request& request, std::string_view topic,
                                    std::string_view event_id) const;

 private:
  ingest::Engine& engine_;
};

}  // namespace oncelog::api
