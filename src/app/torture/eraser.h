// Eraser: a topic of its own of which some events are erased and the oldest go by retention, while
// its server is killed. What is gone stays gone, and each id stays known.
//
//   Eraser eraser(server, random, interrupt, report);
//   Status s = eraser.Run();              // the server runs before and after
//
// Threads: one. Ownership: of nothing. Errors: kIo when the server does not start again, or after
// an interrupt; broken promises are in the report.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/simulate/interrupt.h"
#include "app/simulate/own_server.h"
#include "app/simulate/random.h"
#include "app/torture/report.h"
#include "base/result.h"
#include "net/client.h"

namespace oncelog::app::torture {

class Eraser {
 public:
  Eraser(simulate::OwnServer& server, simulate::Random& random, simulate::Interrupt& interrupt,
         Report& report)
      : server_(server), random_(random), interrupt_(interrupt), report_(report) {}

  Status Run();

 private:
  [[nodiscard]] net::Client Connect() const;
  void Live();
  void Publish(net::Client& client);
  void SetRetention(net::Client& client);
  void Erase(net::Client& client, size_t event);
  void Judge();
  void SendAgain(net::Client& client);
  // The status of the answer; 0, and a broken promise, if there is none.
  int Send(net::Client& client, std::string_view method, const std::string& target,
           const std::string& body, std::string* answer = nullptr);
  void Fail(const std::string& what);

  simulate::OwnServer& server_;
  simulate::Random& random_;
  simulate::Interrupt& interrupt_;
  Report& report_;
  std::vector<bool> gone_;  // by event, whose sequence is its number + 1
};

}  // namespace oncelog::app::torture
