#include "api/api.h"

#include <optional>
#include <utility>

#include "api/errors.h"
#include "api/events_query.h"
#include "api/openapi.h"
#include "api/problem.h"
#include "base/check.h"
#include "event/utf8.h"

namespace oncelog::api {
namespace {

// More than this need not wait for company: a frame of it is worth its sync.
constexpr size_t kWorthSubmittingBytes = size_t{64} << 10;
constexpr int kChangeThreads = 4;  // so many changes can share a frame
constexpr size_t kLongBodyBytes = size_t{1} << 20;

net::Response OptionsAnswer(std::string_view allow, std::vector<net::Field> fields = {}) {
  net::Response response{.status = 204, .content_type = "", .fields = std::move(fields)};
  response.fields.push_back({"Allow", std::string(allow)});
  return response;
}

bool IsMethodOf(Route route, std::string_view method) {
  if (route == Route::kPublish) return method == "POST";
  if (route == Route::kTopic && method == "PUT") return true;
  if (route == Route::kEvent && method == "DELETE") return true;
  return method == "GET" || method == "HEAD";
}

// What is answered at once, also when all readers are busy: from memory, and one look at the data
// directory.
bool IsFromMemory(Route route) {
  return route == Route::kHealth || route == Route::kLive || route == Route::kReady ||
         route == Route::kOpenApi || route == Route::kErrors || route == Route::kError;
}

// What may take longer to decode than other connections should wait for: a large body, or one whose
// size is known only when it is unpacked.
bool IsLongWork(const net::Request& request) {
  return request.body.size() >= kLongBodyBytes || !request.Find("Content-Encoding").empty();
}

Problem ForeignOrigin(const net::Request& request) {
  return {.id = ErrorId::kForeignOrigin,
          .detail = "a page of " + event::Excerpt(request.Find("Origin")) +
                    " may not publish or change anything here; see --cors-origin"};
}

int LoopOfWork(const ingest::Work& work) { return static_cast<const PublishWork&>(work).loop; }

}  // namespace

Api::Api(ingest::Engine& engine, const ApiOptions& options)
    : engine_(engine),
      log_(options.log),
      cors_(options.cors_origins),
      outgoing_(static_cast<size_t>(options.io_loops)),
      completions_(options.io_loops, LoopOfWork, CompleteWork),
      status_(engine, options.version, &invalid_count_),
      metrics_(engine, traffic_, &invalid_count_, options.version),
      topics_(engine.reader()),
      openapi_(OpenApiDocument(options.version)),
      elsewhere_(engine.hash_key(), options.body_bytes_max, &invalid_count_),
      decoding_(1, options.reader_queue_max),
      changes_(engine),
      changing_(kChangeThreads, options.reader_queue_max),
      reading_(options.reader_threads, options.reader_queue_max),
      events_(engine.reader(), reading_, log_, StoreTag(engine.store_id(), engine.epoch())) {
  for (int loop = 0; loop < options.io_loops; ++loop) {
    publishers_.push_back(
        std::make_unique<Publisher>(engine.hash_key(), options.body_bytes_max, &invalid_count_));
  }
}

Api::~Api() {  // their jobs use the other members
  decoding_.Stop();
  changing_.Stop();
  reading_.Stop();
}

void Api::Bind(Post post, ServerFigures figures) {
  post_ = post;
  server_figures_ = std::move(figures);
  completions_.Bind(std::move(post));
  bound_.store(true, std::memory_order_release);
}

void Api::BeginStop() { stopping_ = true; }

void Api::Handle(net::Request request, net::Responder responder) {
  Reply reply(request.name(), std::move(responder), {&traffic_, &log_});
  reply.set_fields(cors_.FieldsFor(request));
  if (request.method == "OPTIONS" && request.target == "*") {
    return reply.Send(OptionsAnswer("GET, HEAD, POST, PUT, DELETE, OPTIONS"));
  }
  OrProblem<RouteMatch> match = MatchPath(request.path());
  if (!match.ok()) return reply.Send(match.problem());
  const Route route = match->route;
  reply.set_route(route);
  if (!IsMethodOf(route, request.method)) {
    const std::string_view allow = AllowOf(route);
    if (request.method == "OPTIONS") {
      return reply.Send(OptionsAnswer(allow, cors_.PreflightFields(request, allow)));
    }
    return reply.Send({.id = ErrorId::kMethodNotAllowed,
                       .detail = "this path takes " + std::string(allow) + ", not " +
                                 event::Excerpt(request.method),
                       .fields = {{"Allow", std::string(allow)}}});
  }
  if (route == Route::kPublish) return Publish(request, std::move(reply));
  if (request.method == "PUT" || request.method == "DELETE") {
    return Change(std::move(*match), std::move(request), std::move(reply));
  }
  if (IsFromMemory(route)) return reply.Send(AnswerRead(*match, request));
  Read(std::move(*match), std::move(request), std::move(reply));
}

void Api::Publish(net::Request& request, Reply reply) {
  const auto loop = static_cast<size_t>(request.loop);
  Check(loop < publishers_.size(), "a request comes from one of the loops");
  if (!cors_.MayChange(request)) return reply.Send(ForeignOrigin(request));
  if (request.body.empty() && request.Find("Content-Length").empty() &&
      request.Find("Transfer-Encoding").empty()) {
    return reply.Send({.id = ErrorId::kLengthRequired});
  }
  if (!bound_.load(std::memory_order_acquire)) {
    return reply.Send({.id = ErrorId::kBusy, .detail = "the server is starting"});
  }
  if (IsLongWork(request)) return DecodeElsewhere(std::move(request), std::move(reply));
  Submit(request, publishers_[loop]->Begin(request), std::move(reply));
}

// On a thread of its own: neither the loop's other connections nor queries wait for it.
void Api::DecodeElsewhere(net::Request request, Reply reply) {
  struct Decoding {
    net::Request request;
    Reply reply;
    std::optional<OrProblem<Publisher::Begun>> begun;
  };
  auto job =
      std::make_shared<Decoding>(Decoding{std::move(request), std::move(reply), std::nullopt});
  const bool taken = decoding_.Run([this, job] {
    if (stopping_) {
      return job->reply.Send({.id = ErrorId::kBusy, .detail = "the server is stopping"});
    }
    job->begun = elsewhere_.Begin(job->request);
    post_(job->request.loop,
          [this, job] { Submit(job->request, std::move(*job->begun), std::move(job->reply)); });
  });
  if (taken) return;
  job->reply.Send({.id = ErrorId::kBusy, .detail = "too many requests are waiting to be decoded"});
}

void Api::Submit(const net::Request& request, OrProblem<Publisher::Begun> begun, Reply reply) {
  const auto loop = static_cast<size_t>(request.loop);
  if (!begun.ok()) return reply.Send(begun.problem());
  if (auto* answer = std::get_if<net::Response>(&*begun)) return reply.Send(std::move(*answer));
  auto& prepared = std::get<std::unique_ptr<PublishWork>>(*begun);
  prepared->sink = &completions_;
  prepared->reply = std::move(reply);
  Outgoing& outgoing = outgoing_[loop];
  outgoing.bytes += prepared->batch.arena.size();
  outgoing.works.push_back(std::move(prepared));
  if (outgoing.works.size() == 1) post_(request.loop, [this, loop] { SubmitWhenIdle(loop, 0); });
}

// What a loop has at hand goes to the engine together: one frame, not many. It is submitted when it
// is worth planning, or when a round of the loop has brought nothing more.
void Api::SubmitWhenIdle(size_t loop, size_t seen) {
  const Outgoing& outgoing = outgoing_[loop];
  const size_t now = outgoing.works.size();
  if (now == seen || outgoing.bytes >= kWorthSubmittingBytes) return SubmitOutgoing(loop);
  post_(static_cast<int>(loop), [this, loop, now] { SubmitWhenIdle(loop, now); });
}

void Api::SubmitOutgoing(size_t loop) {
  Completions::Works works = std::exchange(outgoing_[loop], {}).works;
  engine_.SubmitAll(works);
  for (const std::unique_ptr<ingest::Work>& work : works) {
    if (work != nullptr) CompleteWork(*work);  // not taken; its outcome says why
  }
}

void Api::CompleteWork(ingest::Work& work) {
  auto& settled = static_cast<PublishWork&>(work);
  OrProblem<net::Response> answer = Publisher::Finish(settled);
  if (answer.ok()) {
    settled.reply->Send(std::move(*answer));
  } else {
    settled.reply->Send(answer.problem());
  }
}

// On threads of their own: they wait for a sync, for which no query should wait.
void Api::Change(RouteMatch match, net::Request request, Reply reply) {
  if (!cors_.MayChange(request)) return reply.Send(ForeignOrigin(request));
  auto job = std::make_shared<Job>(Job{std::move(match), std::move(request), std::move(reply)});
  const bool taken = changing_.Run([this, job] {
    const RouteMatch& to = job->match;
    job->reply.Send(to.route == Route::kTopic ? changes_.Put(job->request, to.first)
                                              : changes_.Erase(job->request, to.first, to.second));
  });
  if (taken) return;
  job->reply.Send({.id = ErrorId::kBusy, .detail = "too many changes are waiting"});
}

void Api::Read(RouteMatch match, net::Request request, Reply reply) {
  auto job = std::make_shared<Job>(Job{std::move(match), std::move(request), std::move(reply)});
  const bool taken =
      reading_.Run([this, job] { job->reply.Send(AnswerRead(job->match, job->request)); });
  if (taken) return;
  job->reply.Send({.id = ErrorId::kBusy,
                   .detail = "too many queries are waiting to read",
                   .stores_nothing = true});
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
    case Route::kMetrics: return Metrics(request);
    case Route::kOpenApi: return OpenApiAnswer(request, openapi_);
    case Route::kErrors: return ErrorList(request);
    case Route::kError: return ErrorOfCode(request, match.first);
    case Route::kPublish: break;  // never here
  }
  return Answer({.id = ErrorId::kInternal}, request.id);
}

net::Response Api::Metrics(const net::Request& request) const {
  std::optional<net::ServerCounters> server;
  if (bound_.load(std::memory_order_acquire) && server_figures_) server = server_figures_();
  return metrics_.Answer(request, server,
                         {.decoding = decoding_.waiting(),
                          .reading = reading_.waiting(),
                          .changing = changing_.waiting()});
}

net::Response Api::Problem(const net::RequestName& request, int status, std::string_view error,
                           std::string_view detail) {
  // The server's codes are ours; one that is not would be a new one: its status still holds.
  const ErrorId otherwise = status >= 500 ? ErrorId::kInternal : ErrorId::kBadRequest;
  const api::Problem problem{.id = ErrorOfName(error).value_or(otherwise),
                             .detail = std::string(detail)};
  traffic_.Refused(problem.id, status);
  if (request.path == TemplateOf(Route::kPublish)) traffic_.PublishRefused(problem.id);
  net::Response response = AnswerWithStatus(problem, status, request.id);
  log_.Answered(request, response, /*elapsed=*/{});
  return response;
}

}  // namespace oncelog::api
