// Refusal: why the server itself does not take a request. Turned into an answer by
// Handler::Problem; the connection is closed behind it.
//
//   return Refusal{400, "bad_request", "a line ends without a carriage return"};
//
// Threads: a value. Ownership: the code is a literal, the detail its own.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace oncelog::net {

struct Refusal {
  int status = 0;  // 0: none
  std::string_view error;
  std::string detail;  // for people: what is wrong, and by which limit

  [[nodiscard]] explicit operator bool() const { return status != 0; }
};

inline Refusal BadRequest(std::string detail) { return {400, "bad_request", std::move(detail)}; }

}  // namespace oncelog::net
