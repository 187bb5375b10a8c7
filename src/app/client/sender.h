// Sender: sends one request until it has a final answer: the same bytes again after connection
// errors and after answers that another try may mend (see retry.h).
//
//   Sender sender(transport, policy, sleep, notice);
//   Result<net::ClientResponse> answer = sender.Send(request);
//
// Threads: one at a time. Ownership: the request's bytes stay the caller's during the call.
// Errors: the last connection error when time has run out. An answer that is still a refusal by
// then is given back as it is.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/client/retry.h"
#include "base/result.h"
#include "net/client.h"

namespace oncelog::app {

struct ClientRequest {
  std::string method;
  std::string target;
  std::vector<net::Field> fields;
  std::string_view body;
};

class Sender {
 public:
  using Transport = std::function<Result<net::ClientResponse>(const ClientRequest&)>;
  using Sleep = std::function<void(std::chrono::milliseconds)>;
  // Told why, once for each request that is to be sent again.
  using Notice = std::function<void(std::string_view why)>;

  // `url`: the server's, for what is said of its answers.
  Sender(Transport transport, RetryPolicy policy, Sleep sleep, Notice notice, std::string url = {});

  Result<net::ClientResponse> Send(const ClientRequest& request);
  [[nodiscard]] uint64_t retries() const { return retries_; }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  Transport transport_;
  RetryPolicy policy_;
  Sleep sleep_;
  Notice notice_;
  std::string url_;
  uint64_t retries_ = 0;
};

// What a refusal says, in one line for people: "the server answered 503 busy: the queue is full";
// of what is no oncelog "http://127.0.0.1:8000 answered 404; is that an oncelog server?".
std::string DescribeProblem(const net::ClientResponse& response, std::string_view url = {});

}  // namespace oncelog::app
