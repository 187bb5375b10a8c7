#include "app/client/connection.h"

#include <CLI/CLI.hpp>
#include <chrono>

namespace oncelog::app {
namespace {

constexpr std::string_view kDefaultUrl = "http://127.0.0.1:8080";
constexpr std::chrono::seconds kTimeout{60};

void AppendEncoded(std::string* out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out->push_back(c);
    } else {
      out->push_back('%');
      out->push_back(kHex[byte >> 4]);
      out->push_back(kHex[byte & 15]);
    }
  }
}

}  // namespace

Connection::Connection(const HostPort& at)
    : client_(std::make_unique<net::Client>(at.host, at.port, kTimeout)) {}

Result<net::ClientResponse> Connection::Send(const ClientRequest& request) {
  return client_->Send(request.method, request.target, request.fields, request.body);
}

Result<std::string> Connection::Get(const std::string& target) {
  Result<net::ClientResponse> answer =
      Send({.method = "GET", .target = target, .fields = {{"Accept", "application/json"}}});
  if (!answer.ok()) {
    return Error(answer.error().code(),
                 answer.error().message() +
                     " (is the server running? `oncelog serve` starts one, --url names another)");
  }
  if (answer->status != 200) return Error(Code::kInvalid, DescribeProblem(*answer));
  return std::move(answer->body);
}

Result<Json> Connection::GetJson(const std::string& target) {
  const Result<std::string> body = Get(target);
  if (!body.ok()) return body.error();
  Result<Json> json = Json::Parse(*body);
  if (!json.ok()) {
    return Error(Code::kInvalid, "the answer is not JSON; is an oncelog server at that URL?");
  }
  return json;
}

void ServerUrl::Declare(CLI::App& app) {
  app.add_option(
         "--url", url_,
         "the server (default " + std::string(kDefaultUrl) + ", or the environment's ONCELOG_URL)")
      ->type_name("URL");
}

Result<Connection> ServerUrl::Connect(const Console& console) const {
  std::string url = url_;
  std::string origin = "--url";
  if (url.empty()) {
    const auto variable = console.environment.find("ONCELOG_URL");
    const bool given = variable != console.environment.end() && !variable->second.empty();
    url = given ? variable->second : std::string(kDefaultUrl);
    origin = given ? "ONCELOG_URL" : "default";
  }
  const Result<HostPort> at = ParseUrl(url);
  if (!at.ok()) {
    return at.error().Annotate("url: \"" + url + "\" (from " + origin + ") is not allowed");
  }
  return Connection(*at);
}

std::string Target(std::string_view path,
                   const std::vector<std::pair<std::string, std::string>>& query) {
  std::string target(path);
  char before = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    target.push_back(before);
    target.append(name).push_back('=');
    AppendEncoded(&target, value);
    before = '&';
  }
  return target;
}

}  // namespace oncelog::app
