#include "bench/peers/nats_load.h"

#include <charconv>
#include <memory>
#include <utility>

#include "net/client_socket.h"

namespace oncelog::app::bench {
namespace {

constexpr std::string_view kHead = "NATS/1.0\r\nNats-Msg-Id: ";
constexpr std::string_view kEnd = "\r\n";

uint64_t NumberAfterLast(std::string_view text, char separator) {
  uint64_t number = 0;
  const size_t at = text.rfind(separator) + 1;
  std::from_chars(text.data() + at, text.data() + text.size(), number);
  return number;
}

}  // namespace

NatsLoad::NatsLoad(net::Descriptor socket, int number)
    : LoadStream(std::move(socket)), inbox_("_INBOX." + std::to_string(number) + ".") {
  out()
      .append(R"(CONNECT {"verbose":false,"pedantic":false,"headers":true,"lang":"cpp",)"
              R"("version":"1","protocol":1})")
      .append("\r\nSUB " + inbox_ + "* 1\r\n");
}

Connector NatsLoad::To(const HostPort& server) {
  return [server, made = 0]() mutable -> Result<std::unique_ptr<LoadConnection>> {
    Result<net::ClientSocket> socket =
        net::ClientSocket::Connect(server.host, server.port, kPatience);
    if (!socket.ok()) return socket.error().Annotate(server.ToString());
    return {std::make_unique<NatsLoad>(socket->Release(), ++made)};
  };
}

void NatsLoad::AddRequest(EventMaker& maker, uint64_t events, uint64_t now_us) {
  std::string& to = out();
  const std::string reply = inbox_ + std::to_string(first_ + open_.size());
  char event[kEventBytes];
  for (uint64_t i = 0; i < events; ++i) {
    maker.Write(event);
    const EventIdentity identity = IdentityIn(event);
    const size_t head_bytes = kHead.size() + identity.event_id.size() + 2 * kEnd.size();
    to.append("HPUB ").append(identity.topic).append(" ").append(reply).append(" ");
    to.append(std::to_string(head_bytes)).append(" ");
    to.append(std::to_string(head_bytes + kEventBytes)).append(kEnd);
    to.append(kHead).append(identity.event_id).append(kEnd).append(kEnd);
    to.append(event, kEventBytes).append(kEnd);
  }
  open_.push_back({.left = events, .answer = {}});
  Sent(events, now_us);
}

size_t NatsLoad::Parse(std::string_view bytes, uint64_t now_us, const Done& done) {
  size_t at = 0;
  while (failure().empty()) {
    const size_t size = ParseMessage(bytes.substr(at), now_us, done);
    if (size == 0) break;
    at += size;
  }
  return at;
}

size_t NatsLoad::ParseMessage(std::string_view bytes, uint64_t now_us, const Done& done) {
  const size_t end = bytes.find(kEnd);
  if (end == std::string_view::npos) return 0;
  const std::string_view line = bytes.substr(0, end);
  const size_t body_at = end + kEnd.size();
  if (line.starts_with("MSG ")) {  // MSG <subject> <subscription> <bytes>
    const uint64_t body_bytes = NumberAfterLast(line, ' ');
    if (bytes.size() < body_at + body_bytes + kEnd.size()) return 0;
    Acknowledged(line.substr(4, line.find(' ', 4) - 4), bytes.substr(body_at, body_bytes), now_us,
                 done);
    return body_at + body_bytes + kEnd.size();
  }
  if (line == "PING") {
    out().append("PONG\r\n");
  } else if (!line.starts_with("INFO ") && !line.starts_with("+OK")) {
    Fail("NATS says " + std::string(line));
  }
  return body_at;
}

void NatsLoad::Acknowledged(std::string_view inbox, std::string_view json, uint64_t now_us,
                            const Done& done) {
  const uint64_t number = NumberAfterLast(inbox, '.');
  if (number < first_ || number - first_ >= open_.size()) return Fail("an answer to no request");
  Open& open = open_[number - first_];
  if (open.left == 0) return Fail("an answer too many");
  --open.left;
  if (json.find(R"("error")") != std::string_view::npos) {
    return Fail("NATS refused an event: " + std::string(json));
  }
  const bool duplicate = json.find(R"("duplicate":true)") != std::string_view::npos ||
                         json.find(R"("duplicate": true)") != std::string_view::npos;
  ++(duplicate ? open.answer.duplicates : open.answer.accepted);
  for (; !open_.empty() && open_.front().left == 0; ++first_) {
    Finish(open_.front().answer, now_us, done);
    open_.pop_front();
  }
}

}  // namespace oncelog::app::bench
