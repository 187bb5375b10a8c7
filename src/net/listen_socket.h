// Opening the sockets a server listens on: plain sockets, no Asio.
//
//   Result<ListenSockets> sockets = OpenListenSockets("127.0.0.1", 8080, /*count=*/1);
//
// With a count above 1 the system spreads connections over that many sockets on the one port.
// Threads: any. Ownership: the caller closes or hands on the descriptors; those left are closed.
// Errors: kInvalid (no such address), kIo (port busy and the like; the message says what to do).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/descriptor.h"

namespace oncelog::net {

struct ListenSockets {
  std::vector<Descriptor> sockets;
  uint16_t port = 0;
  bool ipv6 = false;
  bool loopback = false;
};

// `host`: an IPv4 or IPv6 address, with or without brackets, or "localhost" (127.0.0.1).
Result<ListenSockets> OpenListenSockets(const std::string& host, uint16_t port, int count);

}  // namespace oncelog::net
