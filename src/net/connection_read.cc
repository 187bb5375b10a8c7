// The reading half of Connection: requests in, and what is left of them after a refusal.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <utility>

#include "net/connection.h"

namespace oncelog::net {
namespace {

// How much of what a refused client still sends is read and thrown away, so that it sees the
// answer and not a reset connection.
constexpr size_t kDrainBytesMax = size_t{64} << 20;

constexpr size_t kRestBytesKept = 4096;

}  // namespace

void Connection::NextRequest() {
  parser_.emplace(context_->server->limits, lease_);
  phase_ = Phase::kReading;
  stage_ = Stage::kIdle;
  rest_is_new_ = !rest_.empty();
  StartDeadline(context_->server->options.idle_timeout);
}

// Takes one buffer full, then waits its turn again: a client that sends without end holds up
// nobody.
bool Connection::Read() {
  if (std::exchange(rest_is_new_, false)) {
    Consume({});
    return true;
  }
  if (const size_t size = std::exchange(first_bytes_size_, 0); size > 0) {
    readable_ = size == first_bytes_.size();
    Consume({first_bytes_.data(), size});
    return true;
  }
  if (!std::exchange(readable_, false)) {
    if (stage_ == Stage::kBody) {
      WaitReadable();
    } else {
      WaitForFirstBytes();
    }
    return false;
  }
  std::vector<char>& buffer = context_->read_buffer;
  boost::system::error_code error;
  const size_t size = socket_.read_some(boost::asio::buffer(buffer), error);
  if (error == boost::asio::error::would_block) {
    return true;
  }
  if (error) {
    Close();
  } else {
    Consume({buffer.data(), size});
  }
  return true;
}

void Connection::Consume(std::string_view fresh) {
  std::string_view input = fresh;
  if (!rest_.empty()) {
    rest_.erase(0, fresh.empty() ? 0 : std::exchange(rest_at_, 0));
    rest_.append(fresh);
    input = std::string_view(rest_).substr(rest_at_);
  }
  using State = RequestParser::State;
  for (;;) {
    const State before = parser_->state();
    const size_t used = parser_->Feed(input);
    input.remove_prefix(used);
    const State now = parser_->state();
    if (before == State::kHead && (now == State::kBody || now == State::kDone)) {
      if (!PassHead(!input.empty())) return;
    }
    if (now == State::kDone || now == State::kRefused || used == 0 || input.empty()) break;
  }
  KeepRest(input);
  switch (parser_->state()) {
    case State::kRefused: Refuse(parser_->refusal()); break;
    case State::kDone: Dispatch(); break;
    default: SetStage(fresh.size());
  }
}

// What is to be said before the body: whether it is wanted at all.
bool Connection::PassHead(bool body_has_begun) {
  const std::string_view host = parser_->host();
  if (!host.empty() && !context_->server->hosts.Allows(host)) {
    const std::string name(HostName(host));
    Refuse({421, "misdirected",
            "this server does not answer for the host \"" + name +
                "\"; use localhost, or start it with --allowed-host " + name});
    return false;
  }
  if (parser_->state() == RequestParser::State::kDone || body_has_begun ||
      !parser_->expects_continue()) {
    return true;
  }
  boost::system::error_code error;
  const size_t sent = socket_.write_some(boost::asio::buffer(kContinue), error);
  if (!error && sent == kContinue.size()) return true;
  Close();
  return false;
}

// `input` is the end of rest_, or of the loop's buffer.
void Connection::KeepRest(std::string_view input) {
  if (input.empty()) {
    rest_at_ = 0;
    if (rest_.capacity() > kRestBytesKept) std::string().swap(rest_);
    rest_.clear();
  } else if (rest_.empty()) {
    rest_.assign(input);
  } else {
    rest_at_ = rest_.size() - input.size();
  }
}

void Connection::SetStage(size_t fresh_bytes) {
  const ServerOptions& options = context_->server->options;
  const Stage stage = parser_->state() == RequestParser::State::kBody ? Stage::kBody
                      : rest_.empty()                                 ? Stage::kIdle
                                                                      : Stage::kHead;
  if (stage == stage_) {
    deadline_.Progress(fresh_bytes);
    return;
  }
  stage_ = stage;
  if (stage == Stage::kHead) StartDeadline(options.header_timeout);
  if (stage == Stage::kBody) {
    StartDeadline(options.body_timeout, options.body_rate_min);
    AcknowledgeAtOnce();
  }
}

// A client that sends head and body by two writes waits for our acknowledgement of the first
// (Nagle's algorithm), which we would hold back for 40 ms.
void Connection::AcknowledgeAtOnce() {
  const int on = 1;
  (void)::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

void Connection::Dispatch() {
  phase_ = Phase::kHandling;
  deadline_.Clear();
  context_->requests.Add();
  Request request = std::move(parser_->request());
  request.loop = context_->number;
  if (request.id.empty()) request.id = context_->request_ids.Make();
  name_ = request.name();
  is_head_ = request.method == "HEAD";
  is_read_ = is_head_ || request.method == "GET";
  context_->server->handler.Handle(std::move(request), Responder(shared_from_this()));
}

void Connection::Refuse(const Refusal& refusal) {
  phase_ = Phase::kHandling;
  context_->refused.Add();
  Request& request = parser_->request();
  if (request.id.empty()) request.id = context_->request_ids.Make();
  name_ = request.name();
  is_head_ = request.method == "HEAD";
  std::string().swap(request.body);  // while the rest is drained it would hold memory uncounted
  Response response =
      context_->server->handler.Problem(name_, refusal.status, refusal.error, refusal.detail);
  response.close = true;
  arrived_ = {.what = Arrival::kAnswer, .response = std::move(response)};
}

void Connection::RefuseSlow() {
  const ServerOptions& options = context_->server->options;
  const auto seconds = [](std::chrono::milliseconds time) {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
  };
  Refuse({408, "timeout",
          stage_ == Stage::kHead
              ? "the head of the request took longer than " + seconds(options.header_timeout)
              : "the body took longer than " + seconds(options.body_timeout) +
                    " and 1 s more for each " + std::to_string(options.body_rate_min) +
                    " bytes of it"});
}

bool Connection::Drain() {
  if (!std::exchange(readable_, false)) {
    WaitReadable();
    return false;
  }
  boost::system::error_code error;
  const size_t size = socket_.read_some(boost::asio::buffer(context_->read_buffer), error);
  if (error == boost::asio::error::would_block) return true;
  drained_bytes_ += size;
  deadline_.Progress(size);
  if (error || drained_bytes_ > kDrainBytesMax) Close();
  return true;
}

void Connection::WaitForFirstBytes() {
  if (std::exchange(waits_readable_, true)) return;
  socket_.async_receive(
      boost::asio::buffer(first_bytes_),
      [self = shared_from_this()](const boost::system::error_code& error, size_t size) {
        self->waits_readable_ = false;
        self->first_bytes_size_ = size;
        self->readable_ = static_cast<bool>(error);  // Read meets the error again
        self->Pump();
      });
}

void Connection::WaitReadable() {
  if (std::exchange(waits_readable_, true)) return;
  socket_.async_wait(Socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code&) {
                       self->waits_readable_ = false;
                       self->readable_ = true;
                       self->Pump();
                     });
}

}  // namespace oncelog::net
