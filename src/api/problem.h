// Problem: a refusal on its way to the client, and its answer (RFC 9457, application/problem+json).
//
//   OrProblem<Query> query = ParseQuery(...);
//   if (!query.ok()) return Answer(query.problem(), request.id);
//
// Body: {"type":"/errors/busy","title":…,"status":503,"detail":…,"error":"busy",
//        "request_id":…,"stored":"no"} and a newline. `type` is a path that this server answers.
// Threads: values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "api/error_table.h"
#include "base/check.h"
#include "base/result.h"
#include "net/http.h"

namespace oncelog::api {

inline constexpr std::string_view kProblemMediaType = "application/problem+json";

struct Problem {
  ErrorId id = ErrorId::kInternal;
  std::string detail;                   // for people
  std::string members = {};             // more JSON members, each with a comma before it, or empty
  std::vector<net::Field> fields = {};  // header fields besides Retry-After
  bool stores_nothing = false;          // the request did not, whatever the table says
};

template <typename T>
class [[nodiscard]] OrProblem {
 public:
  OrProblem(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  OrProblem(Problem problem) : state_(std::in_place_index<1>, std::move(problem)) {}

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  T& operator*() { return *Value(); }
  T* operator->() { return Value(); }
  Problem& problem() {
    Check(!ok(), "problem() of an OrProblem that holds a value");
    return *std::get_if<1>(&state_);
  }

 private:
  T* Value() {
    Check(ok(), "value of an OrProblem that holds a problem");
    return std::get_if<0>(&state_);
  }

  std::variant<T, Problem> state_;
};

net::Response Answer(const Problem& problem, std::string_view request_id);

// The same under another status than the table's (the HTTP server's own refusals).
net::Response AnswerWithStatus(const Problem& problem, int status, std::string_view request_id);

// An error of the modules below, met while reading.
Problem ReadProblem(const Error& error);

}  // namespace oncelog::api
