#include "api/errors.h"

#include "api/error_table.h"
#include "api/json_writer.h"
#include "api/problem.h"
#include "api/status.h"

namespace oncelog::api {
namespace {

void AppendError(JsonWriter* json, const ErrorEntry& entry) {
  json->Open('{');
  json->Member("error", entry.code);
  json->Member("status", static_cast<uint64_t>(entry.status));
  json->Member("title", entry.title);
  json->Member("stored", NameOf(entry.stored));
  json->Member("action", NameOf(entry.action));
  json->Member("advice", entry.advice);
  json->Close('}');
}

}  // namespace

net::Response ErrorList(const net::Request& request) {
  if (auto refused = RefuseParameters(request)) return *std::move(refused);
  net::Response response;
  JsonWriter json(&response.body);
  json.Open('{');
  json.Key("errors");
  json.Open('[');
  for (const ErrorEntry& entry : ErrorTable()) AppendError(&json, entry);
  json.Close(']');
  json.Member("count", ErrorTable().size());
  json.Close('}');
  response.body += '\n';
  return response;
}

net::Response ErrorOfCode(const net::Request& request, std::string_view code) {
  if (auto refused = RefuseParameters(request)) return *std::move(refused);
  const std::optional<ErrorId> id = ErrorOfName(code);
  if (!id) {
    return Answer({.id = ErrorId::kNotFound, .detail = "no such error; /errors lists them"},
                  request.id);
  }
  net::Response response;
  JsonWriter json(&response.body);
  AppendError(&json, EntryOf(*id));
  response.body += '\n';
  return response;
}

}  // namespace oncelog::api
