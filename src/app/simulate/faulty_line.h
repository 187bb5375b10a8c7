// FaultyLine: a publisher's connection that loses requests and answers now and then, on purpose.
//
//   FaultyLine line(server, {.answers = 0.01, .requests = 0.01}, seed, 30s);
//   FaultyLine::Delivery sent = line.Send(request);
//   if (!sent.answer.ok() && sent.maybe_stored) ...   // only a retry will tell
//
// A lost request breaks off in the middle of its bytes; a lost answer is one that is not waited
// for, or not read. Both are connection errors to the caller, as they are in life.
// Threads: one at a time. Errors: kIo.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "app/client/sender.h"
#include "app/config/host_port.h"
#include "app/simulate/random.h"
#include "net/client.h"

namespace oncelog::app::simulate {

struct LossRates {
  double answers = 0;
  double requests = 0;
};

class FaultyLine {
 public:
  enum class Loss { kNone, kAnswer, kRequest };
  struct Delivery {
    Result<net::ClientResponse> answer;
    bool maybe_stored = false;  // without a verdict: the server may have stored it nevertheless
    Loss loss = Loss::kNone;    // on purpose
  };

  // `patience`: for each wait without any progress.
  FaultyLine(const HostPort& server, LossRates rates, uint64_t seed,
             std::chrono::milliseconds patience);

  Delivery Send(const ClientRequest& request);

 private:
  Delivery LoseAnswer(const ClientRequest& request);
  Delivery LoseRequest(const ClientRequest& request);
  [[nodiscard]] std::string Bytes(const ClientRequest& request) const;

  const HostPort server_;
  const LossRates rates_;
  const std::chrono::milliseconds patience_;
  net::Client client_;
  Random random_;
};

}  // namespace oncelog::app::simulate
