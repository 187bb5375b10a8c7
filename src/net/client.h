// Client: a small blocking HTTP/1.1 client with keep-alive, for the command line and tests.
//
//   Client client("127.0.0.1", 8080, std::chrono::seconds(30));
//   Result<ClientResponse> answer =
//       client.Send("POST", "/publish", {{"Content-Type", "application/json"}}, body);
//
// It connects when first used and again after the connection was closed, but never sends a request
// twice by itself: whether to retry is the caller's decision.
// Threads: one at a time. Errors: kIo (refused, reset, timed out; the message names the address),
// kInvalid (control characters in a request), kTooLarge (an answer above 1 GiB; streams have no
// limit). Units: the timeout is for each wait without progress, connecting included.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace oncelog::net {

struct ClientResponse {
  int status = 0;
  std::vector<Field> fields;
  std::string body;

  [[nodiscard]] std::string_view Find(std::string_view name) const;  // case-insensitive
};

class Client {
 public:
  Client(std::string host, uint16_t port, std::chrono::milliseconds timeout);
  ~Client();

  Result<ClientResponse> Send(std::string_view method, std::string_view target,
                              const std::vector<Field>& fields, std::string_view body);
  // The same, giving the body piece by piece; ClientResponse::body stays empty. `piece` may answer
  // false to stop (the connection is closed).
  Result<ClientResponse> Stream(std::string_view method, std::string_view target,
                                const std::vector<Field>& fields,
                                const std::function<bool(std::string_view)>& piece);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace oncelog::net
