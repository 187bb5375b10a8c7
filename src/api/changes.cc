#include "api/changes.h"

#include <optional>
#include <string>
#include <utility>

#include "api/json_writer.h"
#include "api/media_type.h"
#include "api/query_params.h"
#include "api/status.h"
#include "api/topic_settings.h"
#include "api/topics.h"

namespace oncelog::api {
namespace {

Problem NoSuchEvent() {
  return {.id = ErrorId::kNotFound, .detail = "no event with that topic and event_id is stored"};
}

Problem ChangeProblem(const Error& error) {
  return {.id = ErrorOf(error.code()), .detail = error.message()};
}

net::Response Receipt(const ingest::EraseEvent& erased, const ingest::ChangeOutcome& outcome) {
  net::Response response;
  JsonWriter json(&response.body);
  json.Open('{');
  json.Member("status", std::string_view(outcome.changed ? "erased" : "already_gone"));
  json.Member("topic", erased.topic);
  json.Member("event_id", erased.event_id);
  json.Member("sequence", outcome.sequence.value);
  json.Key("bytes_gone_by");
  if (outcome.bytes_gone_by) {
    json.Text(FormatRfc3339(*outcome.bytes_gone_by));
  } else {
    json.Null();  // nothing is sealed, so nothing is rewritten: nothing can be promised
  }
  json.Close('}');
  response.body += '\n';
  return response;
}

}  // namespace

net::Response ChangesEndpoint::Put(const net::Request& request, std::string_view topic) const {
  if (auto refused = RefuseParameters(request)) return *std::move(refused);
  if (!CanBeName(topic)) {
    return Answer(
        {.id = ErrorId::kBadPath, .detail = "a topic has 1 to 255 bytes and no control characters"},
        request.id);
  }
  OrProblem<event::BodyFormat> format = BodyFormatOf(request.Find("Content-Type"));
  if (!format.ok() || *format != event::BodyFormat::kJson) {
    return Answer(
        {.id = ErrorId::kUnsupportedMediaType,
         .detail = "settings are one JSON object; add -H 'Content-Type: application/json'"},
        request.id);
  }
  if (!request.Find("Content-Encoding").empty()) {
    return Answer({.id = ErrorId::kUnsupportedEncoding,
                   .detail = "settings are taken as they are, without a Content-Encoding"},
                  request.id);
  }
  OrProblem<event::TopicSettings> settings = ParseTopicSettings(request.body);
  if (!settings.ok()) return Answer(settings.problem(), request.id);
  ingest::Change change{ingest::SetSettings{std::string(topic), *settings}, {}};
  if (const Status s = engine_.ApplyChange(&change); !s.ok()) {
    return Answer(ChangeProblem(s.error()), request.id);
  }
  net::Response response = TopicsEndpoint(engine_.reader()).Get(request, topic);
  if (response.status == 200 && change.outcome.new_topic) response.status = 201;
  return response;
}

net::Response ChangesEndpoint::Erase(const net::Request& request, std::string_view topic,
                                     std::string_view event_id) const {
  if (auto refused = RefuseParameters(request)) return *std::move(refused);
  if (!CanBeName(topic) || !CanBeName(event_id)) return Answer(NoSuchEvent(), request.id);
  ingest::EraseEvent erase{std::string(topic), std::string(event_id)};
  const Status found = engine_.reader().Find(topic, event_id, [&](const store::EventView& event) {
    erase.json_bytes = event.json.size();
  });
  if (!found.ok() && found.error().code() == Code::kNotFound) {
    return Answer(NoSuchEvent(), request.id);
  }
  // What is gone already goes to the committer too, for its sequence.
  if (!found.ok() && found.error().code() != Code::kGone) {
    return Answer(ReadProblem(found.error()), request.id);
  }
  ingest::Change change{erase, {}};
  if (const Status s = engine_.ApplyChange(&change); !s.ok()) {
    return Answer(ChangeProblem(s.error()), request.id);
  }
  return Receipt(erase, change.outcome);
}

}  // namespace oncelog::api
