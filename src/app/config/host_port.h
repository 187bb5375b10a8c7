// HostPort: where a server listens or a client connects.
//
//   Result<HostPort> at = ParseHostPort("[::1]:8080");
//   if (!at->IsLoopback()) ...
//
// Threads: values. Errors: kInvalid with what is wanted. `host` never holds the brackets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace oncelog::app {

struct HostPort {
  std::string host;
  uint16_t port = 0;  // 0: the system chooses

  [[nodiscard]] bool IsAddress() const;        // localhost or an IP address
  [[nodiscard]] bool IsLoopback() const;       // localhost, 127.0.0.0/8 or ::1
  [[nodiscard]] bool IsWildcard() const;       // 0.0.0.0 or ::
  [[nodiscard]] std::string ToString() const;  // "127.0.0.1:8080", "[::1]:8080"
  bool operator==(const HostPort&) const = default;
};

Result<HostPort> ParseHostPort(std::string_view text);

// "http://HOST[:PORT]" or "HOST:PORT", as --url takes it.
Result<HostPort> ParseUrl(std::string_view url);

}  // namespace oncelog::app
