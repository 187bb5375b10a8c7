#include "app/simulate/readback.h"

#include <sstream>
#include <unordered_set>

#include "app/client/connection.h"
#include "app/client/event_reader.h"
#include "app/client/json.h"
#include "app/client/retry.h"
#include "app/simulate/list_form.h"
#include "app/simulate/random.h"

namespace oncelog::app::simulate {
namespace {

const char* const kLines = "application/x-ndjson";
constexpr std::string_view kPageLimit = "1000";

Error Interrupted() { return {Code::kIo, "interrupted"}; }

Error Endless(const std::string& why) {
  return {Code::kInvalid, "the list of events does not end: " + why};
}

// What asking again would not change; the question itself is not understood.
bool IsRefusal(int status) { return status / 100 == 4 && !IsRetryable(status, {}); }

}  // namespace

// The pages of one list, held against each other: without this, a list that goes round in circles
// would be read for ever.
class Readback::Course {
 public:
  Status Add(const Page& page) {
    constexpr uint64_t kEmptyMax = 1000;
    empty_ = page.events == 0 ? empty_ + 1 : 0;
    if (page.events > 0 && !pages_.insert(page.hash).second) {
      return Endless("the same page came twice");
    }
    if (!page.has_more) return OkStatus();
    if (page.next.empty()) return Error(Code::kInvalid, "a page has more behind it, but no cursor");
    if (!cursors_.insert(std::hash<std::string>()(page.next)).second) {
      return Endless("the cursor " + page.next + " came twice");
    }
    if (empty_ > kEmptyMax) return Endless("so many empty pages, and more behind them");
    return OkStatus();
  }

 private:
  std::unordered_set<uint64_t> pages_;
  std::unordered_set<uint64_t> cursors_;
  uint64_t empty_ = 0;  // in a row
};

Readback::Readback(const HostPort& server, std::chrono::milliseconds patience, Interrupt& interrupt)
    : client_(server.host, server.port, patience), interrupt_(interrupt) {}

Result<bool> Readback::Begin(const Workload& workload) {
  const std::string topic = workload.TopicName(0);
  Result<net::ClientResponse> answer = Probe(topic);
  if (answer.ok() && IsRefusal(answer->status)) {
    takes_limit_ = false;
    Result<net::ClientResponse> plain = Probe(topic);
    if (!plain.ok() || plain->status == 200) answer = std::move(plain);
  }
  if (!answer.ok()) {
    return Error(answer.error().code(),
                 answer.error().message() +
                     " (is the server running? `oncelog serve` starts one, --start does so here)");
  }
  if (answer->status != 200) {
    return Error(Code::kInvalid, "GET /events?topic=" + topic + ": " + DescribeProblem(*answer));
  }
  ndjson_ = takes_limit_ && answer->Find("Content-Type").starts_with(kLines);
  return answer->body.find("\"event_id\"") == std::string::npos ||
         answer->body.find(workload.topic_prefix()) == std::string::npos;
}

Result<net::ClientResponse> Readback::Probe(const std::string& topic) {
  return client_.Send("GET", ListTarget(topic, {}, "1"), {{"Accept", kLines}}, {});
}

std::string Readback::ListTarget(const std::string& topic, const std::string& after,
                                 std::string_view limit) const {
  return Target(
      "/events",
      {{"topic", topic}, {"limit", std::string(takes_limit_ ? limit : "")}, {"after", after}});
}

Result<std::string> Readback::Get(const std::string& target) {
  return BodyOf(client_.Send("GET", target, {{"Accept", "application/json"}}, {}), {});
}

Json Readback::Stats() {
  const Result<std::string> body = Get("/stats");
  if (!body.ok()) return {};
  Result<Json> stats = Json::Parse(*body);
  return stats.ok() ? stats.Take() : Json();
}

Result<bool> Readback::ReadAll(const Take& take) {
  const Result<net::ClientResponse> probe = Probe({});
  if (!probe.ok()) return probe.error();
  if (IsRefusal(probe->status)) return false;
  if (probe->status != 200) return Error(Code::kInvalid, DescribeProblem(*probe));
  const Status read = ndjson_ ? ReadLines(take) : ReadList({}, form_of_all_, take);
  if (!read.ok()) return read.error();
  return true;
}

Status Readback::ReadTopic(const std::string& topic, const Take& take) {
  return ReadList(topic, form_of_topics_, take);
}

Status Readback::ReadLines(const Take& take) {
  std::string rest;  // of a line that is not whole yet
  bool enough = false;
  const auto piece = [&](std::string_view bytes) {
    size_t end = bytes.find('\n');
    if (!rest.empty() && end != std::string_view::npos) {
      enough = !take(rest.append(bytes.substr(0, end)));
      rest.clear();
      bytes.remove_prefix(end + 1);
      end = bytes.find('\n');
    }
    for (; end != std::string_view::npos && !enough; end = bytes.find('\n')) {
      enough = !take(bytes.substr(0, end));
      bytes.remove_prefix(end + 1);
    }
    rest.append(bytes);
    return !enough && !interrupt_.Came();
  };
  const Result<net::ClientResponse> answer =
      client_.Stream("GET", "/events", {{"Accept", kLines}}, piece);
  if (interrupt_.Came()) return Interrupted();
  if (enough) return Endless("too much in it is wrong");
  if (!answer.ok()) return answer.error();
  if (answer->status != 200) return Error(Code::kInvalid, DescribeProblem(*answer));
  if (!rest.empty()) take(rest);
  return OkStatus();
}

Status Readback::ReadList(const std::string& topic, Form& form, const Take& take) {
  if (!takes_limit_) form = Form::kPlain;
  if (form == Form::kUnknown) {
    // Only looked at: without a cursor in the first page, everything is in one plain list.
    const Result<Page> first =
        ReadPage(ListTarget(topic, {}, kPageLimit), [](std::string_view) { return true; });
    if (!first.ok()) return first.error();
    form = first->has_cursor ? Form::kPages : Form::kPlain;
  }
  if (form == Form::kPages) return ReadPages(topic, take);
  const Result<Page> list = ReadPage(ListTarget(topic, {}, {}), take);
  return list.ok() ? OkStatus() : list.error();
}

Status Readback::ReadPages(const std::string& topic, const Take& take) {
  Course course;
  Page page;
  do {
    Result<Page> next = ReadPage(ListTarget(topic, page.next, kPageLimit), take);
    if (!next.ok()) return next.error();
    page = next.Take();
    if (Status s = course.Add(page); !s.ok()) return s;
  } while (page.has_more);
  return OkStatus();
}

Result<Readback::Page> Readback::ReadPage(const std::string& target, const Take& take) {
  if (interrupt_.Came()) return Interrupted();
  Result<std::string> body = Get(target);
  if (!body.ok()) return body.error();
  std::istringstream in(WithEventsFirst(body.Take()));
  EventReader events(in, InputFormat::kJson);
  std::string event;
  Page page;
  for (;;) {
    event.clear();
    const Result<bool> more = events.AppendNext(&event);
    if (!more.ok()) return more.error();
    if (!*more) break;
    event.pop_back();
    ++page.events;
    page.hash = Mix(page.hash, std::hash<std::string>()(event));
    if (!take(event)) return Endless("too much in it is wrong");
  }
  const Result<Json> rest = Json::Parse(events.rest());
  if (!rest.ok()) return page;
  page.has_cursor = !(*rest)["next"].is_null();
  page.has_more = (*rest)["has_more"].is_true();
  page.next = rest->Text("next");
  return page;
}

}  // namespace oncelog::app::simulate
