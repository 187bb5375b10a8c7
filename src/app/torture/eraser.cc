#include "app/torture/eraser.h"

#include <chrono>
#include <cstdint>

#include "app/simulate/answer.h"

namespace oncelog::app::torture {
namespace {

constexpr std::chrono::seconds kTimeout{60};
constexpr int kLives = 4;
constexpr size_t kPublished = 200;  // in a life
constexpr int kErased = 40;
constexpr const char* kTopicPath = "/topics/torture.erased";
constexpr const char* kSettings = R"({"retention_bytes":60000})";  // of some 200 bytes an event

std::string PathOf(size_t event) { return "/events/torture.erased/" + std::to_string(event); }

std::string BodyOf(size_t first, size_t end) {
  std::string body = "[";
  for (size_t event = first; event < end; ++event) {
    body += R"({"topic":"torture.erased","event_id":")" + std::to_string(event) +
            R"(","timestamp":"2025-10-22T10:00:00Z","source":"torture","payload":{"fill":")" +
            std::string(100, 'x') + "\"}}";
    body.push_back(event + 1 == end ? ']' : ',');
  }
  return body;
}

}  // namespace

Status Eraser::Run() {
  for (int life = 0; life < kLives && report_.passed(); ++life) {
    Live();
    server_.Kill();
    ++report_.kills;
    if (Status s = server_.Start(interrupt_); !s.ok()) return s;
    if (report_.passed()) Judge();
  }
  return OkStatus();
}

net::Client Eraser::Connect() const {
  return {server_.address().host, server_.address().port, kTimeout};
}

void Eraser::Live() {
  net::Client client = Connect();
  Publish(client);
  SetRetention(client);
  for (int i = 0; i < kErased && report_.passed(); ++i) Erase(client, random_.Below(gone_.size()));
}

void Eraser::Publish(net::Client& client) {
  const size_t first = gone_.size();
  gone_.resize(first + kPublished);
  const int status = Send(client, "POST", "/publish", BodyOf(first, gone_.size()));
  if (status != 200) Fail("new events are answered " + std::to_string(status));
}

void Eraser::SetRetention(net::Client& client) {
  const int status = Send(client, "PUT", kTopicPath, kSettings);
  if (status != 200 && status != 201) Fail("retention is answered " + std::to_string(status));
}

void Eraser::Erase(net::Client& client, size_t event) {
  const int status = Send(client, "DELETE", PathOf(event), "");
  if (status != 200) Fail("erasing is answered " + std::to_string(status));
  gone_[event] = true;
  ++report_.erased;
}

// From the newest on: what retention takes meanwhile is older than what was seen.
void Eraser::Judge() {
  net::Client client = Connect();
  bool cut = false;
  for (size_t event = gone_.size(); event-- > 0 && report_.passed();) {
    const int status = Send(client, "GET", PathOf(event), "");
    if (status != 410 && (status != 200 || gone_[event] || cut)) {
      const char* const was = gone_[event] ? ", which was gone"
                              : cut        ? ", of which newer went"
                                           : "";
      Fail("event " + std::to_string(event) + was + ", is answered " + std::to_string(status));
    }
    if (status == 410 && !gone_[event]) cut = gone_[event] = true;
  }
  SendAgain(client);
}

void Eraser::SendAgain(net::Client& client) {
  std::string answer;
  if (Send(client, "POST", "/publish", BodyOf(0, gone_.size()), &answer) != 200) {
    return Fail("sent again, it is answered " + answer);
  }
  const Result<simulate::PublishAnswer> said = simulate::PublishAnswer::Parse(answer);
  if (!said.ok() || said->results.size() != gone_.size()) return Fail("an answer has no results");
  for (size_t event = 0; event < gone_.size(); ++event) {
    const simulate::SubmissionResult& result = said->results[event];
    if (result.verdict == simulate::Verdict::kDuplicate && result.sequence == event + 1) continue;
    Fail("event " + std::to_string(event) + ", sent again, is called " +
         std::string(NameOf(result.verdict)) + " with sequence " + std::to_string(result.sequence));
  }
}

int Eraser::Send(net::Client& client, std::string_view method, const std::string& target,
                 const std::string& body, std::string* answer) {
  std::vector<net::Field> fields;
  if (!body.empty()) fields.push_back({"Content-Type", "application/json"});
  const Result<net::ClientResponse> got = client.Send(method, target, fields, body);
  if (!got.ok()) {
    Fail(got.error().message());
    return 0;
  }
  if (answer != nullptr) *answer = got->body;
  return got->status;
}

void Eraser::Fail(const std::string& what) { report_.Fail("erasing: " + what); }

}  // namespace oncelog::app::torture
