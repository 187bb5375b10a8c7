#include "app/config/host_port.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace oncelog::app {
namespace {

constexpr std::string_view kWanted = "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080";

std::optional<uint16_t> ParsePort(std::string_view text) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

bool IsIpv6(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool IsHostName(std::string_view host) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  };
  return !host.empty() && std::all_of(host.begin(), host.end(), allowed);
}

}  // namespace

bool HostPort::IsAddress() const {
  in_addr v4{};
  return host == "localhost" || inet_pton(AF_INET, host.c_str(), &v4) == 1 || IsIpv6(host);
}

bool HostPort::IsLoopback() const {
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool HostPort::IsWildcard() const {
  if (host == "0.0.0.0") return true;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_UNSPECIFIED(&v6);
}

std::string HostPort::ToString() const {
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return shown + ":" + std::to_string(port);
}

Result<HostPort> ParseHostPort(std::string_view text) {
  const Error malformed(Code::kInvalid, std::string("must be ").append(kWanted));
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return malformed;
  const std::optional<uint16_t> port = ParsePort(text.substr(colon + 1));
  std::string host(text.substr(0, colon));
  if (!port) return malformed;
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (!IsIpv6(host)) return malformed;
  } else if (!IsHostName(host)) {
    return malformed;
  }
  return HostPort{std::move(host), *port};
}

Result<HostPort> ParseUrl(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with("https://")) {
    return Error(Code::kInvalid, "https is not built in yet: use http://HOST:PORT, or a TLS proxy");
  }
  const bool has_scheme = url.starts_with(kScheme);
  if (has_scheme) url.remove_prefix(kScheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  Result<HostPort> at = ParseHostPort(url);
  if (!at.ok() && has_scheme) at = ParseHostPort(std::string(url) + ":80");
  if (!at.ok() || at->port == 0) {
    return Error(Code::kInvalid, "must be http://HOST:PORT, such as http://127.0.0.1:8080");
  }
  return at;
}

}  // namespace oncelog::app
