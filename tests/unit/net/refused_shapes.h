// Requests that must be refused, each with the status it gets: one table, used on the parser alone
// and over a socket.
#pragma once

#include <string>
#include <vector>

namespace oncelog::net {

struct RefusedShape {
  const char* name;
  std::string bytes;
  int status;
};

const std::vector<RefusedShape>& RefusedShapes();

}  // namespace oncelog::net
