// TopicsEndpoint: GET /topics and GET /topics/{topic}.
//
// The list is in order of name; `next` is the last name of a page that has more behind it, to be
// given as `after`, else null.
//
//   net::Response answer = topics.List(request);
//
// Threads: any that may read the disk, several at once. Ownership: the reader outlives it.
#pragma once

#include <string_view>

#include "net/http.h"
#include "store/read/reader.h"

namespace oncelog::api {

class TopicsEndpoint {
 public:
  explicit TopicsEndpoint(store::Reader& reader) : reader_(reader) {}

  [[nodiscard]] net::Response List(const net::Request& request) const;
  [[nodiscard]] net::Response Get(const net::Request& request, std::string_view topic) const;

 private:
  store::Reader& reader_;
};

}  // namespace oncelog::api
