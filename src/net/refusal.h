// Refusal: why the server itself does not take a request. Turned into an answer by
// Handler::Problem; the connection is closed behind it.
//
//   return Refusal{400, "bad_request", "a line ends without a carriage return"};
//
// Threads: a value. Ownership: both texts are literals, so a Refusal owns nothing.
#pragma once

#include <string_view>

namespace oncelog::net {

struct Refusal {
  int status = 0;  // 0: none
  std::string_view error;
  std::string_view detail;

  [[nodiscard]] explicit operator bool() const { return status != 0; }
};

constexpr Refusal BadRequest(std::string_view detail) { return {400, "bad_request", detail}; }

}  // namespace oncelog::net
