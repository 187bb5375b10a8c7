// Exchange: one request on its connection, as a Responder sees it. Inside net.
//
// Threads: both may be called on any thread, Answer once per request. Ownership: a Responder keeps
// the exchange alive; a connection that was closed meanwhile just drops the answer.
#pragma once

#include <optional>

#include "net/http.h"

namespace oncelog::net {

class Exchange {
 public:
  virtual ~Exchange() = default;
  // As Responder says; the response gets its lease.
  virtual bool HasRoomFor(Response& response) = 0;
  // Nothing: the Responder was dropped without an answer.
  virtual void Answer(std::optional<Response> response) = 0;
};

}  // namespace oncelog::net
