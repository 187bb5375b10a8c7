#include "api/events.h"

#include <memory>
#include <string>
#include <utility>

#include "api/event_scan.h"
#include "api/event_stream.h"
#include "api/json_writer.h"
#include "api/media_type.h"
#include "api/query_params.h"
#include "event/render.h"

namespace oncelog::api {
namespace {

constexpr size_t kPageBytesMax = size_t{32} << 20;

void AppendPageEnd(std::string* body, const StepEnd& end, Cursor next) {
  next.after = end.next;
  body->append("],\"count\":");
  AppendNumber(body, end.events);
  body->append(",\"total\":");
  if (end.matches) {
    AppendNumber(body, *end.matches);
  } else {
    body->append("null");
  }
  body->append(",\"next\":\"").append(EncodeCursor(next));
  body->append(end.has_more ? "\",\"has_more\":true}\n" : "\",\"has_more\":false}\n");
}

net::Response Page(store::Reader& reader, const EventsQuery& query, std::string_view request_id) {
  net::Response response;
  std::string& body = response.body;
  body = "{\"events\":[";
  const auto visit = [&](const store::EventView& event) {
    if (body.back() != '[') body += ',';
    event::AppendEventJson(&body, event.json, event.sequence, event.received_at);
  };
  const StepBounds bounds{.events_max = query.limit.value_or(kPageEventsDefault),
                          .bytes_max = kPageBytesMax};
  const Result<StepEnd> end = ScanEvents(reader, query, bounds, visit);
  if (!end.ok()) return Answer(ReadProblem(end.error()), request_id);
  AppendPageEnd(&body, *end, query.cursor);
  return response;
}

net::Response Stream(store::Reader& reader, WorkerPool& pool, RequestLog& log, EventsQuery query,
                     const net::Request& request) {
  net::Response response;
  response.content_type = kNdjsonMediaType;
  const auto broken = [&log, name = request.name()](const Error& error) {
    log.BrokenOff(name, error);
  };
  auto stream = std::make_unique<EventStream>(reader, pool, std::move(query), broken);
  if (request.method == "HEAD") {  // says that its length is not known; nothing is read for it
    response.stream = std::move(stream);
    return response;
  }
  if (const Status first = stream->Prepare(); !first.ok()) {
    return Answer(ReadProblem(first.error()), request.id);
  }
  if (stream->finished()) {
    response.body = stream->TakePrepared();
  } else {
    response.stream = std::move(stream);
  }
  return response;
}

}  // namespace

EventsEndpoint::EventsEndpoint(store::Reader& reader, WorkerPool& pool, RequestLog& log,
                               uint64_t store_tag)
    : reader_(reader), pool_(pool), log_(log), store_tag_(store_tag) {}

net::Response EventsEndpoint::List(const net::Request& request) const {
  OrProblem<EventsQuery> query = ParseEventsQuery(request.query(), store_tag_);
  if (!query.ok()) return Answer(query.problem(), request.id);
  net::Response response = PrefersNdjson(request.Find("Accept"))
                               ? Stream(reader_, pool_, log_, std::move(*query), request)
                               : Page(reader_, *query, request.id);
  if (response.status == 200) response.fields.push_back({"Vary", "Accept"});
  return response;
}

net::Response EventsEndpoint::Get(const net::Request& request, std::string_view topic,
                                  std::string_view event_id) const {
  OrProblem<QueryParams> params = QueryParams::Parse(request.query(), {});
  if (!params.ok()) return Answer(params.problem(), request.id);
  net::Response response;
  Status found = Error(Code::kNotFound, "");
  if (CanBeName(topic) && CanBeName(event_id)) {
    found = reader_.Find(topic, event_id, [&](const store::EventView& event) {
      event::AppendEventJson(&response.body, event.json, event.sequence, event.received_at);
      response.body += '\n';
    });
  }
  if (found.ok()) return response;
  Problem problem = ReadProblem(found.error());
  if (problem.id == ErrorId::kNotFound) {
    problem.detail = "no event with that topic and event_id is stored";
  }
  return Answer(problem, request.id);
}

}  // namespace oncelog::api
