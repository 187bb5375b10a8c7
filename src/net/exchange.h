// Exchange: one request on its connection, as a Responder sees it. Inside net.
//
// Threads: Answer may be called on any thread, once per request. Ownership: a Responder keeps the
// exchange alive; a connection that was closed meanwhile just drops the answer.
#pragma once

#include <optional>

#include "net/http.h"

namespace oncelog::net {

class Exchange {
 public:
  virtual ~Exchange() = default;
  // Nothing: the Responder was dropped without an answer.
  virtual void Answer(std::optional<Response> response) = 0;
};

}  // namespace oncelog::net
