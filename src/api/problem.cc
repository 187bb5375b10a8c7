#include "api/problem.h"

#include "api/json_writer.h"

namespace oncelog::api {

net::Response AnswerWithStatus(const Problem& problem, int status, std::string_view request_id) {
  const ErrorEntry& entry = EntryOf(problem.id);
  net::Response response;
  response.status = status;
  response.content_type = kProblemMediaType;
  response.fields = problem.fields;
  response.error = entry.code;
  if (entry.retry_after_seconds > 0) {
    response.fields.push_back({"Retry-After", std::to_string(entry.retry_after_seconds)});
  }
  response.body.reserve(256 + problem.detail.size() + problem.members.size());
  JsonWriter json(&response.body);
  json.Open('{');
  json.Member("type", "/errors/" + std::string(entry.code));
  json.Member("title", entry.title);
  json.Member("status", static_cast<uint64_t>(status));
  json.Member("detail", problem.detail.empty() ? entry.advice : std::string_view(problem.detail));
  json.Member("error", entry.code);
  if (!request_id.empty()) json.Member("request_id", request_id);
  if (status >= 500) {
    response.detail = problem.detail;
    const bool unknown = entry.stored == Stored::kUnknown && !problem.stores_nothing;
    json.Member("stored", NameOf(unknown ? Stored::kUnknown : Stored::kNo));
  }
  response.body += problem.members;
  response.body += "}\n";
  return response;
}

net::Response Answer(const Problem& problem, std::string_view request_id) {
  return AnswerWithStatus(problem, EntryOf(problem.id).status, request_id);
}

Problem ReadProblem(const Error& error) {
  return {.id = ErrorOf(error.code()), .detail = error.message(), .stores_nothing = true};
}

}  // namespace oncelog::api
