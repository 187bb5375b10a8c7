// The writing half of Connection: answers and streams out, and the way to a graceful close.
#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "net/connection.h"

namespace oncelog::net {
namespace {

// A body up to this size is copied behind its head; a larger one leaves by a gathered write.
constexpr size_t kCopiedBytesMax = 1024;

constexpr std::chrono::milliseconds kDrainTimeout{2000};

// What a stream calls with its piece. Dropped uncalled, it breaks the answer off.
class PieceReply {
 public:
  explicit PieceReply(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)) {}
  ~PieceReply() { Send(false, {}); }
  PieceReply(const PieceReply&) = delete;
  PieceReply& operator=(const PieceReply&) = delete;

  void Send(bool ok, std::string piece) {
    if (const auto connection = std::exchange(connection_, nullptr)) {
      connection->TakePiece(ok, std::move(piece));
    }
  }

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace

bool Connection::BeginAnswer() {
  if (arrived_.what != Arrival::kAnswer) return false;
  Response response = TakeAnswer();

  const bool http10 = parser_->http10();
  const bool has_body = !is_head_ && StatusHasBody(response.status);
  chunked_ = response.stream != nullptr && !http10;
  const bool until_close = response.stream != nullptr && http10;
  close_after_ =
      response.close || until_close || !parser_->keep_alive() || context_->loop.stopping();
  AppendHead({.response = response,
              .date = context_->date.Get(context_->loop.now()),
              .request_id = name_.id,
              .framing = chunked_      ? Framing::kChunked
                         : until_close ? Framing::kUntilClose
                                       : Framing::kSized,
              .http10 = http10,
              .close = close_after_},
             &out_.head);
  if (has_body && response.stream != nullptr) {
    stream_ = std::move(response.stream);
  } else if (has_body && response.body.size() <= kCopiedBytesMax) {
    out_.head.append(response.body);
  } else if (has_body) {
    out_.body = std::move(response.body);
  }
  BeginWriting();
  return true;
}

bool Connection::HasRoomFor(Response& response) {
  if (response.body.size() <= kCopiedBytesMax) return true;
  BodyLease lease(context_->server->answers);
  if (!lease.Grow(response.body.size())) return !is_read_;
  response.lease = std::move(lease);
  return true;
}

Response Connection::TakeAnswer() {
  std::optional<Response> given = std::exchange(arrived_, {}).response;
  lease_.Release();
  if (!given) {
    return context_->server->handler.Problem(name_, 500, "internal",
                                             "the request was not answered");
  }
  answer_lease_ = std::move(given->lease);
  return std::move(*given);
}

void Connection::BeginWriting() {
  phase_ = Phase::kWriting;
  const ServerOptions& options = context_->server->options;
  StartDeadline(options.body_timeout, options.body_rate_min);
}

bool Connection::Write() {
  while (!out_.done()) {
    boost::system::error_code error;
    const size_t size = out_.head_only() ? socket_.write_some(out_.head_buffer(), error)
                                         : socket_.write_some(out_.buffers(), error);
    if (error == boost::asio::error::would_block) {
      WaitWritable();
      return false;
    }
    if (error) {
      Close();
      return true;
    }
    out_.Advance(size);
    deadline_.Progress(size);
  }
  out_.Clear();
  answer_lease_.Release();
  if (stream_ != nullptr) {
    phase_ = Phase::kStreaming;
    deadline_.Clear();
    Yield();
    return false;
  }
  if (close_after_ || context_->loop.stopping()) {
    BeginDraining();
  } else {
    NextRequest();
  }
  return true;
}

// A stream whose pieces are ready at once leaves the loop to others after each of them.
void Connection::Yield() {
  boost::asio::post(context_->loop.io(), [self = shared_from_this()] { self->Pump(); });
}

bool Connection::Stream() {
  if (arrived_.what == Arrival::kPiece) {
    piece_asked_ = false;
    TakeUpPiece(std::exchange(arrived_, {}));
    return true;
  }
  if (std::exchange(piece_asked_, true)) return false;
  const auto reply = std::make_shared<PieceReply>(shared_from_this());
  stream_->Next([reply](bool ok, std::string piece) { reply->Send(ok, std::move(piece)); });
  return true;
}

void Connection::TakeUpPiece(Arrival piece) {
  if (!piece.ok) {
    stream_.reset();
    if (chunked_) {
      Close();  // the missing last chunk tells
    } else {
      Reset();
    }
    return;
  }
  if (piece.piece.empty()) {
    stream_.reset();
    if (chunked_) out_.head = kLastChunk;
  } else {
    if (chunked_) {
      AppendChunkStart(piece.piece.size(), &out_.head);
      out_.tail = kChunkEnd;
    }
    out_.body = std::move(piece.piece);
  }
  BeginWriting();
}

// The client is told the end of our bytes, and may still send the rest of its own: closing at once
// would answer them with a reset, which can overtake the answer.
void Connection::BeginDraining() {
  phase_ = Phase::kDraining;
  std::string().swap(rest_);
  rest_at_ = 0;
  boost::system::error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) {
    Close();
    return;
  }
  const ServerOptions& options = context_->server->options;
  StartDeadline(std::min(kDrainTimeout, options.body_timeout), options.body_rate_min);
}

void Connection::WaitWritable() {
  if (std::exchange(waits_writable_, true)) return;
  socket_.async_wait(Socket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code&) {
                       self->waits_writable_ = false;
                       self->Pump();
                     });
}

}  // namespace oncelog::net
