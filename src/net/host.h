// Host: what may stand in a Host field, and which hosts this server answers to.
//
//   HostPolicy policy(/*loopback=*/true, {"oncelog.internal"});
//   policy.Allows("localhost:8080")   // true
//   policy.Allows("evil.example")     // false: 421. A web page that had its name resolve to
//                                     // 127.0.0.1 (DNS rebinding) is kept out by this.
//
// Threads: immutable once made. Ownership: the policy owns its list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace oncelog::net {

// uri-host [":" port] of RFC 9112, not empty.
bool IsValidHost(std::string_view host);

// Without the port; an IPv6 address keeps its brackets.
std::string_view HostName(std::string_view host);

class HostPolicy {
 public:
  // Elsewhere than on loopback every host is taken.
  HostPolicy(bool loopback, std::vector<std::string> allowed)
      : loopback_(loopback), allowed_(std::move(allowed)) {}

  // `host` as sent, valid.
  [[nodiscard]] bool Allows(std::string_view host) const;

 private:
  bool loopback_;
  std::vector<std::string> allowed_;
};

}  // namespace oncelog::net
