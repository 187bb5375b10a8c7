// DamageTrial: starts a server on a damaged copy of a store and judges what it makes of it. It must
// refuse to start and name the file (one of them, if several are damaged); or refuse requests and
// name it; or still have everything. It must never have fewer events, other ones, or forgotten ids,
// without a word.
//
//   DamageTrial trial(options, flags, workload, interrupt);
//   Result<DamageTrial::Outcome> outcome = trial.Run(copy, log, {"p0000/log/3.log"});
//
// The workload is all that the store holds, each event of it stored.
// Threads: one. Errors: kIo, only when interrupted; a broken promise is an outcome.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/simulate/interrupt.h"
#include "app/simulate/own_server.h"
#include "app/simulate/workload.h"
#include "app/torture/options.h"
#include "base/result.h"

namespace oncelog::app::torture {

class DamageTrial {
 public:
  enum class Kind : uint8_t { kRefused, kNamed, kHarmless, kBroken };
  struct Outcome {
    Kind kind = Kind::kHarmless;
    std::string detail;  // of a broken promise
  };

  // `flags`: of the server.
  DamageTrial(const Options& options, const std::vector<std::string>& flags,
              const simulate::Workload& workload, simulate::Interrupt& interrupt)
      : options_(options), flags_(flags), workload_(workload), interrupt_(interrupt) {}

  // `damaged`: files, relative to `data`. `log`: a new file for what the server says.
  Result<Outcome> Run(const std::string& data, const std::string& log,
                      const std::vector<std::string>& damaged);

 private:
  // What differs from what was sent, with the server's words; empty: nothing.
  std::string ReadBack(const HostPort& server);
  // The same for sending it all again. Sets `forgotten` if an event was taken for a new one.
  std::string SendAgain(const HostPort& server, bool* forgotten);

  const Options& options_;
  const std::vector<std::string>& flags_;
  const simulate::Workload& workload_;
  simulate::Interrupt& interrupt_;
};

}  // namespace oncelog::app::torture
