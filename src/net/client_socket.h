// ClientSocket: a blocking TCP connection whose every wait has a time limit.
//
//   Result<ClientSocket> socket =
//       ClientSocket::Connect("127.0.0.1", 8080, std::chrono::seconds(5));
//   Status sent = socket->Send(bytes);
//   Result<size_t> size = socket->Receive(buffer.data(), buffer.size());   // 0: the end
//
// Threads: one at a time. Errors: kIo. Units: the limit is for one wait without any progress.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/descriptor.h"

namespace oncelog::net {

class ClientSocket {
 public:
  // `host`: a name or an address; all its addresses are tried in order.
  static Result<ClientSocket> Connect(const std::string& host, uint16_t port,
                                      std::chrono::milliseconds timeout);

  Status Send(std::string_view bytes);
  Result<size_t> Receive(char* to, size_t bytes_max);
  // The server neither closed the connection nor sent anything unasked.
  [[nodiscard]] bool IsFresh() const;
  // For callers that do their own, non-blocking, waiting.
  Descriptor Release() { return std::move(fd_); }

 private:
  ClientSocket(Descriptor fd, std::chrono::milliseconds timeout)
      : fd_(std::move(fd)), timeout_(timeout) {}

  [[nodiscard]] Status Wait(short events) const;

  Descriptor fd_;
  std::chrono::milliseconds timeout_;
};

}  // namespace oncelog::net
