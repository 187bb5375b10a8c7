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
  // Told before each wait: why, and for how long.
  using Notice = std::function<void(std::string_view why, std::chrono::milliseconds wait)>;

  Sender(Transport transport, RetryPolicy policy, Sleep sleep, Notice notice);

  Result<net::ClientResponse> Send(const ClientRequest& request);
  [[nodiscard]] uint64_t retries() const { return retries_; }

 private:
  Transport transport_;
  RetryPolicy policy_;
  Sleep sleep_;
  Notice notice_;
  uint64_t retries_ = 0;
};

// What a refusal says, in one line for people: "503 busy: the queue is full (…)".
std::string DescribeProblem(const net::ClientResponse& response);

}  // namespace oncelog::app
