#include "net/listen_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace oncelog::net {
namespace {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  sockaddr_in& v4() { return reinterpret_cast<sockaddr_in&>(bytes); }
  sockaddr_in6& v6() { return reinterpret_cast<sockaddr_in6&>(bytes); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&bytes); }
  [[nodiscard]] bool is_ipv6() const { return bytes.ss_family == AF_INET6; }
  [[nodiscard]] uint16_t port() { return ntohs(is_ipv6() ? v6().sin6_port : v4().sin_port); }
  [[nodiscard]] bool is_loopback() {
    return is_ipv6() ? IN6_IS_ADDR_LOOPBACK(&v6().sin6_addr)
                     : ntohl(v4().sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  }
};

bool Parse(std::string host, uint16_t port, Address* address) {
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  if (inet_pton(AF_INET, host.c_str(), &address->v4().sin_addr) == 1) {
    address->v4().sin_family = AF_INET;
    address->v4().sin_port = htons(port);
    address->size = sizeof(sockaddr_in);
    return true;
  }
  if (inet_pton(AF_INET6, host.c_str(), &address->v6().sin6_addr) == 1) {
    address->v6().sin6_family = AF_INET6;
    address->v6().sin6_port = htons(port);
    address->size = sizeof(sockaddr_in6);
    return true;
  }
  return false;
}

Error CannotListen(const std::string& host, uint16_t port, int error) {
  const std::string at = "cannot listen on " + host + ":" + std::to_string(port) + ": ";
  switch (error) {
    case EADDRINUSE:
      return {Code::kIo,
              at + "another program is using the port; choose another with --listen HOST:PORT"};
    case EADDRNOTAVAIL:
      return {Code::kInvalid,
              at + "this machine has no such address; choose one with --listen HOST:PORT"};
    case EACCES:
      return {Code::kIo,
              at + "this port needs privileges; choose one from 1024 with --listen HOST:PORT"};
    default: return {Code::kIo, at + std::strerror(error)};
  }
}

bool Enable(int fd, int level, int option) {
  const int on = 1;
  return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

// A bound socket, or one that is not valid, with errno.
Descriptor Bind(Address& address, bool shared) {
  Descriptor fd(socket(address.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return fd;
  // Connections of an earlier run that are still closing do not keep the port.
  if (!Enable(fd.get(), SOL_SOCKET, SO_REUSEADDR)) return Descriptor(-1);
  if (shared && !Enable(fd.get(), SOL_SOCKET, SO_REUSEPORT)) return Descriptor(-1);
  if (bind(fd.get(), address.get(), address.size) != 0) return Descriptor(-1);
  socklen_t size = address.size;
  if (getsockname(fd.get(), address.get(), &size) != 0) return Descriptor(-1);
  return fd;
}

}  // namespace

Result<ListenSockets> OpenListenSockets(const std::string& host, uint16_t port, int count) {
  Address address;
  if (!Parse(host, port, &address)) {
    return Error(Code::kInvalid,
                 "cannot listen on " + host + ":" + std::to_string(port) +
                     ": the host must be an address, such as 127.0.0.1, or localhost");
  }
  ListenSockets result{.ipv6 = address.is_ipv6(), .loopback = address.is_loopback()};
  if (count > 1) {
    // Sockets that share a port would share it with another program that allows it too: find out
    // first whether the port is free for one that does not share.
    const Descriptor probe = Bind(address, /*shared=*/false);
    if (probe.get() < 0 || listen(probe.get(), 1) != 0) return CannotListen(host, port, errno);
  }
  for (int i = 0; i < count; ++i) {
    Descriptor fd = Bind(address, /*shared=*/count > 1);
    if (fd.get() < 0 || listen(fd.get(), SOMAXCONN) != 0) return CannotListen(host, port, errno);
    result.sockets.push_back(std::move(fd));
  }
  result.port = address.port();
  return result;
}

}  // namespace oncelog::net
