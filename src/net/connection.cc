#include "net/connection.h"

#include <utility>

namespace oncelog::net {

void Connection::Start(std::shared_ptr<LoopContext> context, Socket socket, bool surplus) {
  const auto connection = std::make_shared<Connection>(std::move(context), std::move(socket));
  connection->place_ = connection->context_->loop.Add(connection);
  connection->NextRequest();
  if (surplus) {
    const size_t most = connection->context_->server->options.connections_max;
    connection->Refuse({503, "overloaded",
                        "more than " + std::to_string(most) +
                            " connections are open (connections-max); try again soon"});
  }
  connection->Pump();
}

Connection::Connection(std::shared_ptr<LoopContext> context, Socket socket)
    : context_(std::move(context)), socket_(std::move(socket)), lease_(context_->server->bodies) {}

void Connection::Answer(std::optional<Response> response) {
  Arrive({.what = Arrival::kAnswer, .response = std::move(response)});
}

void Connection::TakePiece(bool ok, std::string piece) {
  Arrive({.what = Arrival::kPiece, .ok = ok, .piece = std::move(piece)});
}

void Connection::Arrive(Arrival arrival) {
  if (context_->loop.OnThisThread()) {
    arrived_ = std::move(arrival);
    Pump();
  } else {
    posted_ = std::move(arrival);
    context_->loop.Wake(shared_from_this());
  }
}

void Connection::OnWake() {
  arrived_ = std::exchange(posted_, {});
  Pump();
}

// A handler that answers at once, and a stream that has its piece ready, call in from below Step:
// they only leave what arrived, and this loop goes on. So the stack stays flat, however many
// requests a client pipelines.
void Connection::Pump() {
  if (pumping_) return;
  pumping_ = true;
  while (Step()) {
  }
  pumping_ = false;
}

bool Connection::Step() {
  switch (phase_) {
    case Phase::kReading: return Read();
    case Phase::kHandling: return BeginAnswer();
    case Phase::kWriting: return Write();
    case Phase::kStreaming: return Stream();
    case Phase::kDraining: return Drain();
    case Phase::kClosed: break;
  }
  if (arrived_.what != Arrival::kNothing) {  // too late: nobody is there to get it
    arrived_ = {};
    stream_.reset();
  }
  return false;
}

void Connection::OnTick(Loop::Clock::time_point now) {
  if (!deadline_.Expired(now)) return;
  if (phase_ == Phase::kReading && stage_ != Stage::kIdle) {
    RefuseSlow();
    Pump();
  } else {
    Close();
  }
}

void Connection::OnStopping() {
  if (phase_ == Phase::kReading && stage_ == Stage::kIdle) Close();
}

void Connection::StartDeadline(std::chrono::milliseconds allowance, size_t rate) {
  deadline_.Start(context_->loop.now(), allowance + context_->loop.tick(), rate);
}

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  deadline_.Clear();
  boost::system::error_code ignored;
  socket_.close(ignored);
  lease_.Release();
  answer_lease_.Release();
  if (!piece_asked_) stream_.reset();  // else whoever makes the piece may be using it
  context_->server->connections_open.fetch_sub(1, std::memory_order_relaxed);
  context_->loop.Remove(place_);
}

void Connection::Reset() {
  boost::system::error_code ignored;
  socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  Close();
}

}  // namespace oncelog::net
