// RequestIdMaker: X-Request-Ids for clients that sent none: 8 random characters of this maker, a
// hyphen, and a counter. Unique within a server; not a secret.
//
//   RequestIdMaker ids;
//   ids.Make();   // "k3v0x9qa-1"
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>

namespace oncelog::net {

class RequestIdMaker {
 public:
  RequestIdMaker();
  std::string Make();

 private:
  std::string prefix_;
  uint64_t count_ = 0;
};

}  // namespace oncelog::net
