#include "app/bench/http_load.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "net/client_socket.h"

namespace oncelog::app::bench {
namespace {

constexpr size_t kKeptBytes = 512;  // of a body: the counts stand in front of the results

}  // namespace

HttpLoad::HttpLoad(net::Descriptor socket, const std::string& host, const LoadOptions& options)
    : LoadStream(std::move(socket)),
      head_("POST /publish HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\n" +
            (options.minimal ? "Prefer: return=minimal\r\n" : "") + "Content-Length: "),
      lookup_tail_(" HTTP/1.1\r\nHost: " + host + "\r\n\r\n"),
      bare_(options.single),
      lookups_(options.lookups) {}

Connector HttpLoad::To(const HostPort& server, const LoadOptions& options) {
  return [server, options]() -> Result<std::unique_ptr<LoadConnection>> {
    Result<net::ClientSocket> socket =
        net::ClientSocket::Connect(server.host, server.port, kPatience);
    if (!socket.ok()) return socket.error().Annotate(server.ToString());
    return {std::make_unique<HttpLoad>(socket->Release(), server.ToString(), options)};
  };
}

// Of the event that would be next.
void HttpLoad::AddLookup(EventMaker& maker) {
  char event[kEventBytes];
  maker.Write(event);
  const EventIdentity identity = IdentityIn(event);
  out().append("GET /events/").append(identity.topic).append("/").append(identity.event_id);
  out().append(lookup_tail_);
}

void HttpLoad::AddRequest(EventMaker& maker, uint64_t events, uint64_t now_us) {
  Sent(events, now_us);
  if (lookups_) return AddLookup(maker);
  std::string& to = out();
  const size_t body_bytes = events * kEventBytes + (bare_ ? 0 : events + 1);
  to.append(head_).append(std::to_string(body_bytes)).append("\r\n\r\n");
  const size_t at = to.size();
  to.resize(at + body_bytes);
  char* write = to.data() + at;
  for (uint64_t i = 0; i < events; ++i) {
    if (!bare_) *write++ = i == 0 ? '[' : ',';
    write = maker.Write(write);
  }
  if (!bare_) *write = ']';
}

size_t HttpLoad::Parse(std::string_view bytes, uint64_t now_us, const Done& done) {
  size_t at = 0;
  while (failure().empty()) {
    const std::string_view rest = bytes.substr(at);
    if (skip_ > 0) {  // the tail of a body, not looked at
      const size_t some = std::min(skip_, rest.size());
      skip_ -= some;
      at += some;
      if (skip_ > 0) break;
      Finish(answer_, now_us, done);
      continue;
    }
    const size_t head_end = rest.find("\r\n\r\n");
    if (head_end == std::string_view::npos) break;
    const size_t body_bytes = ParseHead(rest.substr(0, head_end + 2));
    const size_t kept = std::min(body_bytes, kKeptBytes);
    if (!failure().empty() || rest.size() < head_end + 4 + kept) break;
    ParseBody(rest.substr(head_end + 4, kept));
    at += head_end + 4 + kept;
    skip_ = body_bytes - kept;
    if (skip_ == 0) Finish(answer_, now_us, done);
  }
  return at;
}

size_t HttpLoad::ParseHead(std::string_view head) {
  answer_ = {.status = 0};
  if (in_flight() == 0 || !head.starts_with("HTTP/1.1 ") || head.size() < 12) {
    Fail("not an answer to a request");
    return 0;
  }
  std::from_chars(head.data() + 9, head.data() + 12, answer_.status);
  for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    const size_t at = head.find(name);
    if (at == std::string_view::npos) continue;
    size_t bytes = 0;
    std::from_chars(head.data() + at + name.size(), head.data() + head.size(), bytes);
    return bytes;
  }
  Fail("an answer without Content-Length");
  return 0;
}

void HttpLoad::ParseBody(std::string_view text) {
  kept_.assign(text);
  answer_.text = kept_;
  if (lookups_) {
    answer_.duplicates = answer_.status == 200 ? 1 : 0;
    return;
  }
  answer_.accepted = Count(R"("accepted":)");
  answer_.duplicates = Count(R"("duplicates":)");
  answer_.conflicts = Count(R"("conflicts":)");
}

uint64_t HttpLoad::Count(std::string_view member) const {
  uint64_t count = 0;
  size_t at = kept_.find(member);
  if (at == std::string::npos) return 0;
  at += member.size();
  if (kept_[at] == ' ') ++at;
  std::from_chars(kept_.data() + at, kept_.data() + kept_.size(), count);
  return count;
}

}  // namespace oncelog::app::bench
