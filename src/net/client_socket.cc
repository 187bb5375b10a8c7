#include "net/client_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <utility>

namespace oncelog::net {
namespace {

Error Failed(int error) { return {Code::kIo, std::strerror(error)}; }

}  // namespace

Result<ClientSocket> ClientSocket::Connect(const std::string& host, uint16_t port,
                                           std::chrono::milliseconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
      code != 0) {
    return Error(Code::kIo, gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);

  Error last = Failed(EADDRNOTAVAIL);
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    const int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                          address->ai_protocol);
    if (fd < 0) return Failed(errno);
    ClientSocket client(Descriptor(fd), timeout);
    int error = 0;
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) error = errno;
    if (error == EINPROGRESS) {
      if (Status waited = client.Wait(POLLOUT); !waited.ok()) {
        last = waited.error();
        continue;
      }
      socklen_t size = sizeof error;
      if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    }
    if (error == 0) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return client;
    }
    last = Failed(error);
  }
  return last;
}

Status ClientSocket::Wait(short events) const {
  pollfd entry{.fd = fd_.get(), .events = events, .revents = 0};
  const int limit_ms = static_cast<int>(std::clamp<int64_t>(timeout_.count(), 0, INT_MAX));
  int ready = 0;
  do {
    ready = poll(&entry, 1, limit_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) return Failed(errno);
  if (ready == 0) {
    return Error(Code::kIo,
                 "no progress for " + std::to_string(timeout_.count()) + " ms (timed out)");
  }
  return OkStatus();
}

Status ClientSocket::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size >= 0) {
      bytes.remove_prefix(static_cast<size_t>(size));
    } else if (errno == EAGAIN) {
      if (Status waited = Wait(POLLOUT); !waited.ok()) return waited;
    } else if (errno != EINTR) {
      return Failed(errno);
    }
  }
  return OkStatus();
}

Result<size_t> ClientSocket::Receive(char* to, size_t bytes_max) {
  for (;;) {
    const ssize_t size = recv(fd_.get(), to, bytes_max, 0);
    if (size >= 0) return static_cast<size_t>(size);
    if (errno == EAGAIN) {
      if (Status waited = Wait(POLLIN); !waited.ok()) return waited.error();
    } else if (errno != EINTR) {
      return Failed(errno);
    }
  }
}

bool ClientSocket::IsFresh() const {
  char byte = 0;
  return recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace oncelog::net
