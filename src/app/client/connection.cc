#include "app/client/connection.h"

#include <CLI/CLI.hpp>
#include <random>
#include <thread>

namespace oncelog::app {
namespace {

constexpr std::string_view kDefaultUrl = "http://127.0.0.1:8080";

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

Connection::Connection(HostPort at, std::chrono::milliseconds patience)
    : at_(std::move(at)), client_(std::make_unique<net::Client>(at_.host, at_.port, patience)) {}

Result<net::ClientResponse> Connection::Send(const ClientRequest& request) {
  Result<net::ClientResponse> answer =
      client_->Send(request.method, request.target, request.fields, request.body);
  if (answer.ok()) return answer;
  return Error(answer.error().code(),
               answer.error().message() +
                   " (is the server running? `oncelog serve` starts one, --url names another)");
}

Result<std::string> Connection::Get(const std::string& target) {
  return BodyOf(Send(JsonRequest(target)), url());
}

Result<Json> Connection::GetJson(const std::string& target) {
  const Result<std::string> body = Get(target);
  if (!body.ok()) return body.error();
  Result<Json> json = Json::Parse(*body);
  if (!json.ok()) {
    return Error(Code::kInvalid, kNotOncelog);
  }
  return json;
}

void ServerUrl::Declare(CLI::App& app) {
  app.add_option(
         "--url", url_,
         "the server (default " + std::string(kDefaultUrl) + ", or the environment's ONCELOG_URL)")
      ->type_name("URL");
}

Result<Connection> ServerUrl::Connect(const Console& console,
                                      std::chrono::milliseconds patience) const {
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
  return Connection(*at, patience);
}

ClientRequest JsonRequest(const std::string& target) {
  return {.method = "GET", .target = target, .fields = {{"Accept", "application/json"}}};
}

Result<std::string> BodyOf(Result<net::ClientResponse> answer, std::string_view url) {
  if (!answer.ok()) return answer.error();
  if (answer->status != 200) {
    return Error(answer->status == 410 ? Code::kGone : Code::kInvalid,
                 DescribeProblem(*answer, url));
  }
  return std::move(answer->body);
}

Sender RetryingSender(Connection& server, const RetryOptions& options, Sender::Notice notice) {
  using std::chrono::milliseconds;
  const auto now = [] {
    return std::chrono::duration_cast<milliseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
  };
  const auto random = [engine = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
  };
  return {[&server](const ClientRequest& request) { return server.Send(request); },
          RetryPolicy(options, now, random),
          [](milliseconds wait) { std::this_thread::sleep_for(wait); }, std::move(notice),
          server.url()};
}

std::string PathOf(const std::vector<std::string>& parts) {
  std::string path;
  for (const std::string& part : parts) AppendEncoded(&path.append("/"), part);
  return path;
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
