#include "api/topics.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/json_writer.h"
#include "api/query_params.h"
#include "api/topic_settings.h"

namespace oncelog::api {
namespace {

constexpr uint64_t kPageTopicsDefault = 1'000;
constexpr uint64_t kPageTopicsMax = 10'000;

void AppendTopic(JsonWriter* json, const store::TopicInfo& topic) {
  json->Open('{');
  json->Member("topic", topic.name);
  json->Member("events", topic.events);
  json->Member("last_sequence", topic.last_sequence.value);
  // As in the answer of a publish; what the store counts is what it dropped.
  json->Member("duplicates", topic.duplicates - topic.conflicts);
  json->Member("conflicts", topic.conflicts);
  json->Member("duplicate_dropped", topic.duplicates);
  json->Member("bytes", topic.bytes);
  const std::pair<std::string_view, UnixMs> times[] = {
      {"first_received_at", topic.first_received_at}, {"last_received_at", topic.last_received_at}};
  for (const auto& [name, time] : times) {
    json->Key(name);
    if (topic.last_sequence.value == 0) {
      json->Null();
    } else {
      json->Text(FormatRfc3339(time));
    }
  }
  AppendTopicSettings(json, topic.settings);
  json->Close('}');
}

}  // namespace

net::Response TopicsEndpoint::List(const net::Request& request) const {
  OrProblem<QueryParams> params = QueryParams::Parse(request.query(), {"prefix", "after", "limit"});
  if (!params.ok()) return Answer(params.problem(), request.id);
  OrProblem<uint64_t> limit =
      params->Integer("limit", {.min = 1, .max = kPageTopicsMax, .otherwise = kPageTopicsDefault});
  if (!limit.ok()) return Answer(limit.problem(), request.id);
  OrProblem<std::optional<std::string>> after = params->Name("after");
  if (!after.ok()) return Answer(after.problem(), request.id);
  const std::string* prefix = params->Find("prefix");

  // One more than asked for tells whether there is more.
  std::vector<store::TopicInfo> topics =
      reader_.Topics(prefix == nullptr ? "" : *prefix, after->value_or(""), *limit + 1);
  const bool has_more = topics.size() > *limit;
  if (has_more) topics.resize(*limit);
  net::Response response;
  JsonWriter json(&response.body);
  json.Open('{');
  json.Key("topics");
  json.Open('[');
  for (const store::TopicInfo& topic : topics) AppendTopic(&json, topic);
  json.Close(']');
  json.Member("count", topics.size());
  json.Key("next");
  if (has_more) {
    json.Text(topics.back().name);
  } else {
    json.Null();
  }
  json.Key("has_more");
  json.Bool(has_more);
  json.Close('}');
  response.body += '\n';
  return response;
}

net::Response TopicsEndpoint::Get(const net::Request& request, std::string_view name) const {
  OrProblem<QueryParams> params = QueryParams::Parse(request.query(), {});
  if (!params.ok()) return Answer(params.problem(), request.id);
  const std::optional<store::TopicInfo> topic =
      CanBeName(name) ? reader_.Topic(name) : std::nullopt;
  if (!topic) {
    return Answer(
        {.id = ErrorId::kUnknownTopic,
         .detail = "there is no such topic: nothing was published to it, and it has no settings"},
        request.id);
  }
  net::Response response;
  JsonWriter json(&response.body);
  AppendTopic(&json, *topic);
  response.body += '\n';
  return response;
}

}  // namespace oncelog::api
