// Cors: which web pages may use the API from a browser. Without --cors-origin none but those of the
// server's own origin.
//
//   Cors cors({"https://board.example"});
//   if (!cors.MayChange(request)) …403 foreign_origin…
//   reply.set_fields(cors.FieldsFor(request));
//
// A browser lets any page send a POST without asking first, as long as it looks like a form's: a
// page on the Internet could store events in an oncelog on the reader's own machine. It also says
// where the page is from, in Origin, which programs other than browsers do not send. So a foreign
// Origin is refused where something would be stored; reading is the browser's to refuse.
//
// The protocol: https://fetch.spec.whatwg.org/#http-cors-protocol
// Threads: any, after construction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace oncelog::api {

class Cors {
 public:
  // Origins as browsers write them, "https://host[:port]"; "*" for all.
  explicit Cors(std::vector<std::string> origins);

  [[nodiscard]] bool MayChange(const net::Request& request) const;
  // For any answer to the request.
  [[nodiscard]] std::vector<net::Field> FieldsFor(const net::Request& request) const;
  // For the answer to an OPTIONS request of a path that takes the methods `allow`.
  [[nodiscard]] std::vector<net::Field> PreflightFields(const net::Request& request,
                                                        std::string_view allow) const;

 private:
  [[nodiscard]] bool Allows(std::string_view origin) const;

  const std::vector<std::string> origins_;
  const bool any_;
};

}  // namespace oncelog::api
