// What all commands that talk to a server share: the flag --url, the connection, one plain request,
// and building of targets.
//
//   ServerUrl url;  url.Declare(app);
//   Result<Connection> server = url.Connect(console);
//   Result<Json> stats = server->GetJson("/stats");
//   Sender sender = RetryingSender(*server, {.total = minutes(5)}, notice);
//
// Threads: one. Ownership: a Connection owns its client; a Sender only borrows its Connection.
// Errors: kInvalid for a bad URL or a refusal by the server, kIo if it cannot be reached.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/client/json.h"
#include "app/client/sender.h"
#include "app/config/host_port.h"
#include "app/output/console.h"
#include "base/result.h"
#include "net/client.h"

namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class App;
}

namespace oncelog::app {

// What is said when something else than oncelog answers.
inline constexpr const char* kNotOncelog =
    "the answer is not one of oncelog; is an oncelog server at that URL? (--url names another)";

class Connection {
 public:
  // `patience`: for each wait without any progress.
  Connection(HostPort at, std::chrono::milliseconds patience);

  // When there is no answer, the error asks whether the server runs.
  Result<net::ClientResponse> Send(const ClientRequest& request);
  // A 200 answer's body, else the server's words as an error.
  Result<std::string> Get(const std::string& target);
  Result<Json> GetJson(const std::string& target);
  [[nodiscard]] const HostPort& at() const { return at_; }
  [[nodiscard]] std::string url() const { return "http://" + at_.ToString(); }

 private:
  HostPort at_;
  std::unique_ptr<net::Client> client_;
};

class ServerUrl {
 public:
  void Declare(CLI::App& app);
  // --url, else ONCELOG_URL, else the default of `serve`.
  Result<Connection> Connect(const Console& console,
                             std::chrono::milliseconds patience = std::chrono::minutes(1)) const;
  [[nodiscard]] bool given() const { return !url_.empty(); }

 private:
  std::string url_;
};

// A GET of `target` that wants JSON.
ClientRequest JsonRequest(const std::string& target);

// The body of a 200 answer, else the server's words as an error: kGone for 410, else kInvalid.
Result<std::string> BodyOf(Result<net::ClientResponse> answer, std::string_view url);

// Sends through `server`, with real time and chance.
Sender RetryingSender(Connection& server, const RetryOptions& options, Sender::Notice notice);

// {"topics", "a b"} -> "/topics/a%20b".
std::string PathOf(const std::vector<std::string>& parts);

// "/events" and {{"topic", "a b"}} -> "/events?topic=a%20b"; empty values are left out.
std::string Target(std::string_view path,
                   const std::vector<std::pair<std::string, std::string>>& query);

}  // namespace oncelog::app
