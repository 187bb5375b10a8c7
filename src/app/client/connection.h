// What all commands that talk to a server share: the flag --url, the connection, one plain request,
// and building of targets.
//
//   ServerUrl url;  url.Declare(app);
//   Result<Connection> server = url.Connect(console);
//   Result<Json> stats = server->GetJson("/stats");
//
// Threads: one. Ownership: a Connection owns its client.
// Errors: kInvalid for a bad URL or a refusal by the server, kIo if it cannot be reached.
#pragma once

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

class Connection {
 public:
  explicit Connection(const HostPort& at);

  Result<net::ClientResponse> Send(const ClientRequest& request);
  // A 200 answer's body, else the server's words as an error.
  Result<std::string> Get(const std::string& target);
  Result<Json> GetJson(const std::string& target);

 private:
  std::unique_ptr<net::Client> client_;
};

class ServerUrl {
 public:
  void Declare(CLI::App& app);
  // --url, else ONCELOG_URL, else the default of `serve`.
  Result<Connection> Connect(const Console& console) const;

 private:
  std::string url_;
};

// "/events" and {{"topic", "a b"}} -> "/events?topic=a%20b"; empty values are left out.
std::string Target(std::string_view path,
                   const std::vector<std::pair<std::string, std::string>>& query);

}  // namespace oncelog::app
