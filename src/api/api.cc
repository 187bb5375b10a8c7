#include "api/api.h"

#include <utility>

#include "api/events_query.h"
#include "api/problem.h"
#include "base/check.h"
#include "event/utf8.h"

namespace oncelog::api {
namespace {

net::Response OptionsAnswer(std::string_view allow) {
  net::Response response{.status = 204, .content_type = ""};
  response.fields.push_back({"Allow", std::string(allow)});
  return response;
}

bool IsMethodOf(Route route, std::string_view method) {
  if (route == Route::kPublish) return method == "POST";
  return method == "GET" || method == "HEAD";
}

// What is answered from memory at once, also when all readers are busy.
bool IsProbe(Route route) {
  return route == Route::kHealth || route == Route::kLive || route == Route::kReady;
}

int LoopOfWork(const ingest::Work& work) { return static_cast<const PublishWork&>(work).loop; }

void CompleteWork(ingest::Work& work) {
  auto& settled = static_cast<PublishWork&>(work);
  settled.responder->Send(Publisher::Finish(settled));
}

}  // namespace

Api::Api(ingest::Engine& engine, const ApiOptions& options)
    : engine_(engine),
      outgoing_(static_cast<size_t>(options.io_loops)),
      completions_(options.io_loops, LoopOfWork, CompleteWork),
      status_(engine, options.version, &invalid_count_),
      topics_(engine.reader()),
      pool_(options.reader_threads, options.reader_queue_max),
      events_(engine.reader(), pool_, StoreTag(engine.store_id(), engine.epoch())) {
  for (int loop = 0; loop < options.io_loops; ++loop) {
    publishers_.push_back(
        std::make_unique<Publisher>(engine.hash_key(), options.body_bytes_max, &invalid_count_));
  }
}

Api::~Api() { pool_.Stop(); }  // its jobs use the other members

void Api::Bind(Post post) {
  post_ = post;
  completions_.Bind(std::move(post));
  bound_.store(true, std::memory_order_release);
}

void Api::Handle(net::Request request, net::Responder responder) {
  if (request.method == "OPTIONS" && request.target == "*") {
    return responder.Send(OptionsAnswer("GET, HEAD, POST, OPTIONS"));
  }
  OrProblem<RouteMatch> match = MatchPath(request.path());
  if (!match.ok()) return responder.Send(Answer(match.problem(), request.id));
  const Route route = match->route;
  if (!IsMethodOf(route, request.method)) {
    const std::string_view allow = AllowOf(route);
    if (request.method == "OPTIONS") return responder.Send(OptionsAnswer(allow));
    return responder.Send(Answer({.id = ErrorId::kMethodNotAllowed,
                                  .detail = "this path takes " + std::string(allow) + ", not " +
                                            event::Excerpt(request.method),
                                  .fields = {{"Allow", std::string(allow)}}},
                                 request.id));
  }
  if (route == Route::kPublish) return Publish(request, std::move(responder));
  if (IsProbe(route)) return responder.Send(AnswerRead(*match, request));
  Read(std::move(*match), std::move(request), std::move(responder));
}

void Api::Publish(net::Request& request, net::Responder responder) {
  const auto loop = static_cast<size_t>(request.loop);
  Check(loop < publishers_.size(), "a request comes from one of the loops");
  if (request.body.empty() && request.Find("Content-Length").empty() &&
      request.Find("Transfer-Encoding").empty()) {
    return responder.Send(Answer({.id = ErrorId::kLengthRequired}, request.id));
  }
  Publisher::Begun begun = publishers_[loop]->Begin(request);
  if (auto* answer = std::get_if<net::Response>(&begun)) return responder.Send(std::move(*answer));
  auto& prepared = std::get<std::unique_ptr<PublishWork>>(begun);
  if (!bound_.load(std::memory_order_acquire)) {
    return responder.Send(Publisher::Refuse({Code::kBusy, "the server is starting"}, *prepared));
  }
  prepared->sink = &completions_;
  prepared->responder = std::move(responder);
  Completions::Works& outgoing = outgoing_[loop];
  outgoing.push_back(std::move(prepared));
  // What the loop has at hand now goes to the engine together: one frame, not two.
  if (outgoing.size() == 1) post_(request.loop, [this, loop] { SubmitOutgoing(loop); });
}

void Api::SubmitOutgoing(size_t loop) {
  Completions::Works works = std::exchange(outgoing_[loop], {});
  engine_.SubmitAll(works);
  for (const std::unique_ptr<ingest::Work>& work : works) {
    if (work != nullptr) CompleteWork(*work);  // not taken; its outcome says why
  }
}

void Api::Read(RouteMatch match, net::Request request, net::Responder responder) {
  struct Job {
    RouteMatch match;
    net::Request request;
    net::Responder responder;
  };
  auto job = std::make_shared<Job>(Job{std::move(match), std::move(request), std::move(responder)});
  const bool taken =
      pool_.Run([this, job] { job->responder.Send(AnswerRead(job->match, job->request)); });
  if (taken) return;
  job->responder.Send(Answer(
      {.id = ErrorId::kBusy, .detail = "too many queries are waiting to read", .only_read = true},
      job->request.id));
}

net::Response Api::AnswerRead(const RouteMatch& match, const net::Request& request) const {
  switch (match.route) {
    case Route::kSummary: return status_.Summary(request);
    case Route::kEvents: return events_.List(request);
    case Route::kEvent: return events_.Get(request, match.first, match.second);
    case Route::kTopics: return topics_.List(request);
    case Route::kTopic: return topics_.Get(request, match.first);
    case Route::kStats: return status_.Stats(request);
    case Route::kHealth: return status_.Health(request);
    case Route::kLive: return status_.Live(request);
    case Route::kReady: return status_.Ready(request);
    case Route::kPublish: break;  // never here
  }
  return Answer({.id = ErrorId::kInternal}, request.id);
}

net::Response Api::Problem(int status, std::string_view error, std::string_view detail) {
  // The server's codes are ours; one that is not would be a new one: its status still holds.
  const ErrorId otherwise = status >= 500 ? ErrorId::kInternal : ErrorId::kBadRequest;
  const api::Problem problem{.id = ErrorOfName(error).value_or(otherwise),
                             .detail = std::string(detail)};
  return AnswerWithStatus(problem, status, /*request_id=*/{});
}

}  // namespace oncelog::api
