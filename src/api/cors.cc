#include "api/cors.h"

#include <algorithm>
#include <utility>

namespace oncelog::api {
namespace {

// Whether the page came from this very server.
bool IsOwn(std::string_view origin, std::string_view host) {
  const size_t scheme_end = origin.find("://");
  return scheme_end != std::string_view::npos && origin.substr(scheme_end + 3) == host;
}

// As people write them: with a slash at the end, which browsers do not send.
std::vector<std::string> WithoutSlash(std::vector<std::string> origins) {
  for (std::string& origin : origins) {
    if (origin.ends_with('/')) origin.pop_back();
  }
  return origins;
}

}  // namespace

Cors::Cors(std::vector<std::string> origins)
    : origins_(WithoutSlash(std::move(origins))),
      any_(std::find(origins_.begin(), origins_.end(), "*") != origins_.end()) {}

bool Cors::Allows(std::string_view origin) const {
  return any_ || std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

bool Cors::MayChange(const net::Request& request) const {
  const std::string_view origin = request.Find("Origin");
  return origin.empty() || Allows(origin) || IsOwn(origin, request.Find("Host"));
}

std::vector<net::Field> Cors::FieldsFor(const net::Request& request) const {
  if (origins_.empty()) return {};
  std::vector<net::Field> fields;
  if (!any_) fields.push_back({"Vary", "Origin"});
  const std::string_view origin = request.Find("Origin");
  if (origin.empty() || !Allows(origin)) return fields;
  fields.push_back({"Access-Control-Allow-Origin", any_ ? "*" : std::string(origin)});
  fields.push_back(
      {"Access-Control-Expose-Headers", "Preference-Applied, Retry-After, X-Request-Id"});
  return fields;
}

std::vector<net::Field> Cors::PreflightFields(const net::Request& request,
                                              std::string_view allow) const {
  const std::string_view origin = request.Find("Origin");
  if (origin.empty() || !Allows(origin)) return {};
  return {{"Access-Control-Allow-Methods", std::string(allow)},
          {"Access-Control-Allow-Headers",
           "Accept, Content-Encoding, Content-Type, Prefer, X-Request-Id"},
          {"Access-Control-Max-Age", "600"}};
}

}  // namespace oncelog::api
