#include "net/host.h"

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
  for (const std::string_view own : {"localhost", "127.0.0.1", "[::1]"}) {
    if (EqualsIgnoringCase(name, own)) return true;
  }
  return std::any_of(allowed_.begin(), allowed_.end(), [&](const std::string& allowed) {
    return allowed == "*" || EqualsIgnoringCase(name, allowed) || EqualsIgnoringCase(host, allowed);
  });
}

}  // namespace oncelog::net
