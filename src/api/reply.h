// Reply: the answer that is owed for one request: where it goes, what it counts as, and what the
// log says of it.
//
//   Reply reply(request.name(), std::move(responder), {&traffic, &log});
//   reply.set_route(Route::kStats);
//   reply.Send(response);                          // or: reply.Send(problem)
//
// Threads: movable to any; Send once. Ownership: Traffic and RequestLog outlive it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "api/problem.h"
#include "api/request_log.h"
#include "api/router.h"
#include "api/traffic.h"
#include "net/http.h"

namespace oncelog::api {

class Reply {
 public:
  struct Books {
    Traffic* traffic;
    RequestLog* log;
  };

  Reply(net::RequestName request, net::Responder responder, Books books)
      : request_(std::move(request)),
        responder_(std::move(responder)),
        books_(books),
        began_(std::chrono::steady_clock::now()) {}

  void set_route(Route route) { route_ = route; }
  // Header fields of whatever will be answered.
  void set_fields(std::vector<net::Field> fields) { fields_ = std::move(fields); }

  void Send(net::Response response) {
    if (!responder_.HasRoomFor(response)) {
      return Send({.id = ErrorId::kOverloaded,
                   .detail = "answers that wait to be read take all the memory that there is for "
                             "them (body-memory-bytes); try again soon",
                   .stores_nothing = true});
    }
    for (net::Field& field : fields_) response.fields.push_back(std::move(field));
    const auto elapsed = std::chrono::steady_clock::now() - began_;
    books_.traffic->Answered(route_, Traffic::MethodLabel(request_.method), response.status,
                             elapsed);
    books_.log->Answered(request_, response, elapsed);
    responder_.Send(std::move(response));
  }
  void Send(const Problem& problem) {
    if (route_ == Route::kPublish) books_.traffic->PublishRefused(problem.id);
    Send(Answer(problem, request_.id));
  }

 private:
  net::RequestName request_;
  net::Responder responder_;
  Books books_;
  std::vector<net::Field> fields_;
  std::optional<Route> route_;  // none: there is no such path
  std::chrono::steady_clock::time_point began_;
};

}  // namespace oncelog::api
