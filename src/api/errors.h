// GET /errors and GET /errors/{error}: what an error code means and what to do about it. `type` in
// a problem leads there.
//
//   net::Response answer = ErrorOfCode(request, "busy");
//
// Threads: any; nothing is read from disk. Errors: not_found for a code that there is not.
#pragma once

#include <string_view>

#include "net/http.h"

namespace oncelog::api {

net::Response ErrorList(const net::Request& request);
net::Response ErrorOfCode(const net::Request& request, std::string_view code);

}  // namespace oncelog::api
