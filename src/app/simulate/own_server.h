// OwnServer: an `oncelog serve` that the simulation starts, kills and starts again, over one data
// directory and on one port.
//
//   Result<OwnServer> server = OwnServer::Create(data, log, "/proc/self/exe");
//   Status s = server->Start(interrupt);    // it answers
//   server->Kill();                         // SIGKILL, no warning
//   s = server->Start(interrupt);           // the same data, the same port
//   s = server->Stop();                     // SIGTERM; it ends in good order
//
// It dies with the simulation, whatever happens to that. Threads: one, which must outlive it.
// Ownership: the process; no other is ever signalled. Errors: kIo with the end of its log.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "app/config/host_port.h"
#include "app/simulate/interrupt.h"
#include "base/result.h"
#include "net/descriptor.h"

namespace oncelog::app::simulate {

class OwnServer {
 public:
  // Chooses the port. `log`: a file for what the server says on stderr. `flags`: further ones of
  // `oncelog serve`.
  static Result<OwnServer> Create(std::string data, std::string log, std::string program,
                                  std::vector<std::string> flags = {});
  OwnServer(OwnServer&& other) noexcept;
  OwnServer& operator=(OwnServer&&) = delete;
  ~OwnServer();  // kills

  Status Start(Interrupt& interrupt);
  // Start in two parts: the process is there; and it answers.
  Status Spawn();
  Status WaitForFirstLine(Interrupt& interrupt);
  void Kill();
  Status Stop();
  // Sets a limit of setrlimit(2) for the running server: what is beyond it fails there. nullopt: it
  // is lifted again.
  void Limit(__rlimit_resource what, std::optional<rlim_t> most);
  [[nodiscard]] const HostPort& address() const { return address_; }

 private:
  OwnServer(std::string data, std::string log, std::string program, std::vector<std::string> flags,
            HostPort address);

  [[nodiscard]] std::string LastWords() const;

  std::string data_, log_, program_;
  std::vector<std::string> flags_;
  HostPort address_;
  pid_t pid_ = 0;
  net::Descriptor stdout_{-1};  // held, so that it does not write into nothing
};

}  // namespace oncelog::app::simulate
