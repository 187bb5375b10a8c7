#include "net/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "net/text.h"

namespace oncelog::net {
namespace {

bool IsNameChar(char c) {  // of reg-name; percent-encoded octets are not checked further
  return IsLetter(c) || IsDigit(c) ||
         std::string_view("-._~%!$&'()*+,;=").find(c) != std::string_view::npos;
}

bool IsAddressChar(char c) { return IsHexDigit(c) || c == ':' || c == '.'; }

// 127.0.0.0/8, any of which may be what is listened on. No name resolves to a host written so.
bool IsLoopbackAddress(std::string_view host) {
  in_addr address{};
  return inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 &&
         ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
}

}  // namespace

std::string_view HostName(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool IsValidHost(std::string_view host) {
  const std::string_view name = HostName(host);
  if (name.empty()) return false;
  std::string_view port = host.substr(name.size());
  if (!port.empty()) {
    if (port.front() != ':') return false;
    port.remove_prefix(1);
    if (port.size() > 5 || !std::all_of(port.begin(), port.end(), IsDigit)) return false;
  }
  if (name.front() != '[') return std::all_of(name.begin(), name.end(), IsNameChar);
  const std::string_view address = name.substr(1, name.size() - 2);
  return !address.empty() && std::all_of(address.begin(), address.end(), IsAddressChar);
}

bool HostPolicy::Allows(std::string_view host) const {
  if (!loopback_) return true;
  const std::string_view name = HostName(host);
  for (const std::string_view own : {"localhost", "[::1]"}) {
    if (EqualsIgnoringCase(name, own)) return true;
  }
  if (IsLoopbackAddress(name)) return true;
  return std::any_of(allowed_.begin(), allowed_.end(), [&](const std::string& allowed) {
    return allowed == "*" || EqualsIgnoringCase(name, allowed) || EqualsIgnoringCase(host, allowed);
  });
}

}  // namespace oncelog::net
